use ns_test::ns_test;

#[ns_test(timeout = "5w")]
fn test() {}

fn main() {}
