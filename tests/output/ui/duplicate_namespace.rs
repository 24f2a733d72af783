use ns_test::ns_test;

#[ns_test(net, uts, net(lo = false))]
fn test() {}

fn main() {}
