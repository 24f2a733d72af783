use ns_test::ns_test;

#[ns_test(net)]
#[should_panic(message = "x")]
fn test() {}

fn main() {}
