use ns_test::ns_test;

#[ns_test(net(timeout = "5s"))]
fn test() {}

fn main() {}
