//! A crate whose annotated tests are where Rust's own are: next to the code, without any manifest
//! entry.

#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub)]

#[cfg(test)]
#[path = "../endings.rs"]
mod endings;

/// The code under test.
#[must_use]
pub fn doubled(number: u32) -> u32 {
    number * 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use ns_test::ns_test;

    #[test]
    fn without_a_sandbox() {
        assert_eq!(doubled(2), 4);
    }

    #[ns_test]
    fn in_a_sandbox() {
        assert_eq!(doubled(2), 4);
        assert_eq!(std::process::id(), 2);
    }
}
