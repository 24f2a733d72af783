//! Messages for tests that did not run, or do not count.

use crate::diagnose;
use crate::error::SetupError;
use crate::launcher::fork_server::ForkServerError;

use super::run::constructor_started_thread;

/// A test that `--fail-fast` left out.
pub(crate) const NOT_STARTED: &str = "not started: another test failed (--fail-fast)";

/// Formats the reason why the launcher could not be started.
pub(crate) fn no_launcher(error: &SetupError) -> String {
    match diagnose::of_launcher(error) {
        None => format!("error: failed to {error}"),
        Some(suspect) => format!("error: failed to {error}\n    {suspect}"),
    }
}

/// Formats the reason why there is no fork server, under libtest.
pub(crate) fn no_server(absent: &ForkServerError) -> String {
    let why = match absent {
        ForkServerError::NotExecuted(error) => {
            format!("this binary could not execute itself again: {error}")
        }
        ForkServerError::Gone => "the server process exited before the first test".to_owned(),
        ForkServerError::NotSingleThreaded => {
            format!(
                "a thread was started before the first test, and a child forked from a multi-threaded process can deadlock
  on a lock that another thread held
  {}",
                constructor_started_thread()
            )
        }
    };
    format!(
        "the test did not run: there is no fork server: {why}\na target with `harness = false` and `ns_test::main!()` needs none"
    )
}

/// Formats the reason for an ignored test in a list. A line end in the reason could look like the
/// end of a result.
pub(crate) fn one_line(reason: &str) -> String {
    let mut joined = String::new();
    for line in reason.lines().map(str::trim) {
        if !joined.is_empty() && !line.is_empty() {
            joined.push(' ');
        }
        joined.push_str(line);
    }
    joined.retain(|letter| !letter.is_control());
    joined
}

/// Formats the message of a test that called `skip!`, under libtest.
pub(crate) fn ignored(reason: &str) -> String {
    format!("ignored: {}\n", one_line(reason))
}

/// Formats the message of a test to be ignored because the machine refuses it, under libtest.
pub(crate) fn refused_under_libtest(reason: &str) -> String {
    format!(
        "the test did not run: {reason}\nlibtest can't ignore a test that it has started; a target with `harness = false` and `ns_test::main!()` can"
    )
}

/// Formats the error for one function that is two tests, under libtest.
pub(crate) fn registered_twice(name: &str) -> String {
    format!(
        "the test `{name}` is registered twice: another attribute next to `#[ns_test]` also makes the function a `#[test]`
- a `#[test]` above `#[ns_test]`: remove it
- `#[tokio::test]` before tokio 1.39: update tokio, or write `#[ns_test(block_on = ..)]` instead
- another crate's attribute: write `#[ns_test]` above it; if it already is, write `#[ns_test(block_on = ..)]` instead"
    )
}

/// Formats the functions that are in the sources but not in the binary, without libtest.
pub(crate) fn dropped(functions: &[String]) -> String {
    format!(
        "error: these functions have `#[ns_test]`, but rustc dropped them from this binary:
  {}
In a target with `harness = false`, rustc drops every function below `#[core::prelude::v1::test]`, and some test
attributes put this one in front of `#[ns_test]`. Write `#[ns_test]` above the other attribute, use a newer release of its
crate, or replace it with `#[ns_test(block_on = ..)]`.",
        functions.join("\n  ")
    )
}

/// Formats the error for a test that is missing from the linker's table, under libtest.
pub(crate) fn not_registered(name: &str) -> String {
    format!("the test `{name}` did not run: it is missing from this binary's table of tests")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_line() {
        assert_eq!(
            one_line("no moon\ntest other ... ok\r\n\n"),
            "no moon test other ... ok"
        );
        assert_eq!(one_line("\u{1b}[31mred"), "[31mred");
    }
}
