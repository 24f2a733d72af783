//! A function with two test attributes.

#[test]
#[ns_test::ns_test]
fn function() {}
