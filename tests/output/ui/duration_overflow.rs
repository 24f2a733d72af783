use ns_test::ns_test;

#[ns_test(timeout = "9999999999999999d")]
fn test() {}

fn main() {}
