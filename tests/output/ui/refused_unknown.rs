use ns_test::ns_test;

#[ns_test(net, refused = "pass")]
fn test() {}

fn main() {}
