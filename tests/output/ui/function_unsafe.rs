use ns_test::ns_test;

#[ns_test(net)]
unsafe fn test() {}

fn main() {}
