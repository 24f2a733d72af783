use ns_test::ns_test;

#[ns_test(crate = "ns_test")]
fn test() {}

fn main() {}
