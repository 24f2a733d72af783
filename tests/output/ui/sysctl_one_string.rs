use ns_test::ns_test;

#[ns_test(net(sysctl("ipv4.ip_forward")))]
fn test() {}

fn main() {}
