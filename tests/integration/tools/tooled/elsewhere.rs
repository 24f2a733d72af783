//! Two that can't run without namespaces, and one that would be ignored anyway.

use ns_test::ns_test;

#[ns_test]
fn needs_them() {
    assert_eq!(std::process::id(), 2);
}

#[ns_test(user)]
#[should_panic(expected = "them")]
fn panics() {
    panic!("needs them");
}

#[ns_test]
#[ignore = "it takes a minute"]
fn takes_long() {}
