use ns_test::ns_test;

#[ns_test(net, serial = "")]
fn test() {}

fn main() {}
