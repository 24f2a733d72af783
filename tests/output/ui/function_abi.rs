use ns_test::ns_test;

#[ns_test(net)]
extern "C" fn test() {}

fn main() {}
