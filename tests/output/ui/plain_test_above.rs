#[test]
#[ns_test::ns_test(net)]
fn would_be_dropped() {}

ns_test::main!();
