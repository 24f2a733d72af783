use ns_test::ns_test;

#[ns_test(net(hostname = "db1"))]
fn test() {}

fn main() {}
