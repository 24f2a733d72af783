use ns_test::ns_test;

#[ns_test(timeout = "5s", timeout = "6s")]
fn test() {}

fn main() {}
