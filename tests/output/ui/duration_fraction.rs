use ns_test::ns_test;

#[ns_test(timeout = "1.5s")]
fn test() {}

fn main() {}
