use ns_test::ns_test;

#[unknown::test]
#[ns_test(net)]
fn above() {}

#[ns_test(net)]
#[unknown::test]
fn below() {}

fn main() {}
