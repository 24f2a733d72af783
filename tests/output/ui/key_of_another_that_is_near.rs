use ns_test::ns_test;

#[ns_test(net(ro))]
fn test() {}

fn main() {}
