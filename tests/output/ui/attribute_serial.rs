use ns_test::ns_test;

#[ns_test(net)]
#[serial_test::serial]
fn test() {}

fn main() {}
