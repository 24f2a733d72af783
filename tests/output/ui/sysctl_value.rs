use ns_test::ns_test;

#[ns_test(net(sysctl("ipv4.ip_forward", 0.5)))]
fn test() {}

fn main() {}
