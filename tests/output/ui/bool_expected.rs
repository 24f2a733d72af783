use ns_test::ns_test;

#[ns_test(net(lo = "down"))]
fn test() {}

fn main() {}
