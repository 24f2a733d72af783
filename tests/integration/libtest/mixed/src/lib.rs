//! A crate whose annotated tests stand where Rust's own do: beside the code, with no word in the manifest.

#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub)]

#[cfg(test)]
#[path = "../endings.rs"]
mod endings;

/// What is tested.
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
