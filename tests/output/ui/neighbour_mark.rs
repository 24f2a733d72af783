use ns_test::ns_test;

#[ns_test(net, should_panic)]
fn test() {}

fn main() {}
