use ns_test::ns_test;

#[ns_test(net(sysctl("ipv4.ip_forward", 1), sysctl("ipv4/ip_forward", 0)))]
fn test() {}

fn main() {}
