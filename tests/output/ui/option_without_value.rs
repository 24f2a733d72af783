use ns_test::ns_test;

#[ns_test(net, timeout)]
fn test() {}

fn main() {}
