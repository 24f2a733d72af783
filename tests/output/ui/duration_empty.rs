use ns_test::ns_test;

#[ns_test(timeout = "")]
fn test() {}

fn main() {}
