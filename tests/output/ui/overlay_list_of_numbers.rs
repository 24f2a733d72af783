use ns_test::ns_test;

#[ns_test(mount(overlay(["a", 1, 2], "/mnt")))]
fn test() {}

fn main() {}
