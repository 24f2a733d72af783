//! The final messages of a run, and its exit code.

use std::process::ExitCode;

use crate::report;

pub(super) fn show(text: &str) -> ExitCode {
    report::print(text);
    ExitCode::SUCCESS
}

pub(super) fn fail(message: &str) -> ExitCode {
    report::print_error(message);
    ExitCode::from(101)
}
