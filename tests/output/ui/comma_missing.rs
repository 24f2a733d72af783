use ns_test::ns_test;

#[ns_test(net mount)]
fn test() {}

fn main() {}
