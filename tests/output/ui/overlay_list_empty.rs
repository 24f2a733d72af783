use ns_test::ns_test;

#[ns_test(mount(overlay([], "/mnt")))]
fn test() {}

fn main() {}
