//! The checks run these again with `-C panic=abort`.

use ns_test::ns_test;

#[ns_test(user)]
fn returns() {}

#[ns_test(user)]
#[should_panic(expected = "reason")]
fn panics_as_it_should() {
    panic!("for a reason");
}

#[ns_test(user)]
fn skips() {
    ns_test::skip!("there is no moon");
}

ns_test::main!();
