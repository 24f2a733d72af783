//! Fails at nextest's first try.

#[ns_test::ns_test]
fn passes_the_second_time() {
    assert_eq!(std::env::var("NEXTEST_ATTEMPT").as_deref(), Ok("2"));
}
