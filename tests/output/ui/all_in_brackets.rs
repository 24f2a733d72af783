use ns_test::ns_test;

#[ns_test(all(net))]
fn test() {}

fn main() {}
