//! Plain tests in a file that is also part of a target with libtest.
#![deny(warnings)]

#[test]
fn runs_elsewhere() {}

#[ns_test::ns_test(net)]
fn annotated() {}

ns_test::main!(allow(test));
