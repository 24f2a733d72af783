use ns_test::ns_test;

#[ns_test(time(uptime = "1d"))]
fn test() {}

fn main() {}
