//! Releases of other crates that put their `#[test]` first.
