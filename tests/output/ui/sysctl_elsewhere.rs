use ns_test::ns_test;

#[ns_test(net(sysctl("kernel.hostname", "db1")))]
fn test() {}

fn main() {}
