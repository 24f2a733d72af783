use ns_test::ns_test;

#[ns_test(net)]
fn runs() {}

#[test]
fn would_be_dropped() {}

ns_test::main!();
