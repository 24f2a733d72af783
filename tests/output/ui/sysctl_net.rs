use ns_test::ns_test;

#[ns_test(net(sysctl("net.ipv4.ip_forward", 1)))]
fn test() {}

fn main() {}
