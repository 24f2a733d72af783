use ns_test::ns_test;

#[ns_test(timeout: "5s")]
fn test() {}

fn main() {}
