use ns_test::ns_test;

#[ns_test(net = "lo")]
fn test() {}

fn main() {}
