//! The attributes that a test may also have, and the types that it may return.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub)]

use std::error::Error;
use std::process::{ExitCode, Termination};

use ns_test::ns_test;

#[ns_test(net)]
#[test]
fn test_below() {}

#[ns_test(net)]
#[core::prelude::v1::test]
fn test_below_by_its_path() {}

#[ns_test]
#[ignore]
fn ignored() {}

#[ns_test]
#[ignore = "reason"]
fn ignored_with_reason() {}

#[ignore = concat!("rea", "son")]
#[ns_test]
fn ignored_above() {}

#[ns_test]
#[should_panic]
fn panics() {
    panic!("expected");
}

#[ns_test]
#[should_panic = "expected"]
fn panics_with() {
    panic!("expected");
}

#[ns_test]
#[should_panic(expected = "expected")]
#[ignore]
fn panics_with_expected() {
    panic!("expected");
}

#[cfg_attr(all(), ns_test(net))]
#[cfg_attr(all(), ignore)]
fn configured() {}

#[ns_test]
#[cfg(any())]
fn left_out() {
    does_not_exist();
}

/// Documented, and visible to others.
#[ns_test]
#[track_caller]
#[expect(non_snake_case)]
#[expect(unused_variables)]
pub(crate) fn CamelCase() {
    let unused = 0;
}

#[ns_test]
#[allow(non_snake_case)]
fn CamelCaseToo() {}

#[ns_test]
fn fallible() -> Result<(), Box<dyn Error>> {
    std::fs::read("/dev/null")?;
    Ok(())
}

#[ns_test]
fn exit_code() -> ExitCode {
    ExitCode::SUCCESS
}

#[ns_test]
fn termination() -> impl Termination {
    ExitCode::SUCCESS
}

#[ns_test]
fn never() -> ! {
    panic!();
}

#[ns_test]
fn r#match() {}

#[allow(dead_code)]
fn main() {}
