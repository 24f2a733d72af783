use ns_test::ns_test;

#[ns_test(timeout = "30s1m")]
fn test() {}

fn main() {}
