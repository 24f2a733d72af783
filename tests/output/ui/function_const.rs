use ns_test::ns_test;

#[ns_test(net)]
const fn test() {}

fn main() {}
