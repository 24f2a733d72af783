//! A function that is made a test twice.

#[test]
#[ns_test::ns_test]
fn function() {}
