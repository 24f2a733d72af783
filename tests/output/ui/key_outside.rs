use ns_test::ns_test;

#[ns_test(hostname = "db1")]
fn test() {}

fn main() {}
