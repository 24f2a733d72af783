use ns_test::ns_test;

#[ns_test(network)]
fn test() {}

fn main() {}
