use ns_test::ns_test;

#[ns_test(time(uptime = "+60000d"))]
fn test() {}

fn main() {}
