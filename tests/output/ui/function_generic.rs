use ns_test::ns_test;

#[ns_test(net)]
fn test<T>() {}

fn main() {}
