use ns_test::ns_test;

#[ns_test(time(uptime = "+1d", boottime = "+2d"))]
fn test() {}

fn main() {}
