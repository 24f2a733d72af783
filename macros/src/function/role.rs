//! The meaning of an attribute for the expansion.

use syn::{Attribute, Meta};

/// The meaning of an attribute for the expansion.
#[derive(PartialEq, Eq)]
pub(crate) enum Role {
    /// `#[test]`: the expansion writes its own.
    Test,
    /// Another test macro: it expands first.
    Driver,
    Ignore,
    ShouldPanic,
    Refused(&'static str),
    Other,
}

pub(crate) fn role(attribute: &Attribute) -> Role {
    let path: Vec<String> = attribute
        .path()
        .segments
        .iter()
        .map(|segment| segment.ident.to_string())
        .collect();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let bare = matches!(attribute.meta, Meta::Path(_));
    match *path.as_slice() {
        ["test"] if bare => Role::Test,
        ["core" | "std", "prelude", _, "test"] => Role::Test,
        ["test"] | ["ns_test", "test"] | [.., "ns_test"] => {
            Role::Refused("a test has only one `#[ns_test]`: merge the two")
        }
        ["async_std", "test"] => Role::Refused(
            "`#[async_std::test]` would drop the test: write `#[ns_test(block_on = async_std::task::block_on)]` without it",
        ),
        ["actix_rt", "test"] => Role::Refused(
            "`#[actix_rt::test]` would drop the test: write `#[ns_test(block_on = run)]` without it, where `run` calls \
             `actix_rt::System::new().block_on(..)`",
        ),
        [.., name] if name.ends_with("test") => Role::Driver,
        ["ignore"] => Role::Ignore,
        ["should_panic"] => Role::ShouldPanic,
        [.., "test_case" | "test_matrix"] => Role::Refused(
            "`#[test_case]` hides its tests from `#[ns_test]`: use `#[rstest]` with `#[case(..)]`",
        ),
        [.., "serial" | "parallel"] => Role::Refused(
            "`serial_test` has no effect across processes: remove it, because namespaces already isolate these tests; to run tests that share something else one at a time, write `#[ns_test(serial = \"key\")]`",
        ),
        _ => Role::Other,
    }
}
