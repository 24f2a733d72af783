use ns_test::ns_test;

#[ns_test(net)]
#[ns_test::ns_test(mount)]
fn test() {}

fn main() {}
