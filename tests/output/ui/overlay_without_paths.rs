use ns_test::ns_test;

#[ns_test(mount(overlay(size = "1MiB")))]
fn test() {}

fn main() {}
