use ns_test::ns_test;

#[ns_test(net(sysctl("ip_forward", 1)))]
fn test() {}

fn main() {}
