//! How a failed test ended, in words.

use std::fmt::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use crate::outcome::describe_signal;
use crate::outcome::finished::Finished;
use crate::outcome::processes::Activity;
use crate::outcome::verdict::{Ending, TimedOut};
use crate::request::case::ShouldPanic;
use crate::request::test::Test;

use super::prepared::not_prepared;

/// Returns the reason for a failure. `None`: the output already has it.
pub(super) fn why(ending: &Ending, finished: &Finished, test: &Test) -> Option<String> {
    Some(match ending {
        Ending::Panicked(_) if !finished.output.is_empty() => return None,
        Ending::Panicked(Some(message)) => format!("the test panicked: {message}"),
        Ending::Panicked(None) => {
            "the test panicked with a payload that is not a string".to_owned()
        }
        Ending::Returned(code) => returned(*code),
        Ending::DidNotPanic => did_not_panic(test),
        Ending::PanickedOtherwise { expected, message } => {
            panicked_otherwise(expected, message.as_deref())
        }
        Ending::Ended(status) => {
            format!(
                "the test process {} before the test returned",
                status_words(*status)
            ) + should(test)
        }
        Ending::EndedAs(name, status) => executed(name, *status),
        Ending::EndedAfter(status) => format!(
            "the test returned, but then its process {}",
            status_words(*status)
        ),
        Ending::NotPrepared(failed) => not_prepared(failed),
        Ending::LeftProcesses => "the test returned, but left processes running".to_owned(),
        Ending::TimedOut(timed_out) => timed_out_words(timed_out),
        Ending::NotSetUp(error) => format!("the test did not run: failed to {error}"),
        Ending::InitEnded(status) => {
            let how = status.map_or_else(|| "disappeared".to_owned(), status_words);
            format!("the sandbox's PID 1 {how}; the test's result is unknown")
        }
        Ending::Corrupt => {
            "the test's result is unknown: something overwrote the memory that holds it".to_owned()
        }
    })
}

/// Formats the message as libtest does, with the position of the test in the sources.
fn did_not_panic(test: &Test) -> String {
    let place = test
        .place()
        .map_or_else(String::new, |(file, line, column)| {
            format!(" at {file}:{line}:{column}")
        });
    format!("note: test did not panic as expected{place}")
}

/// Returns a note if the test had to panic, because a signal is not a panic.
fn should(test: &Test) -> &'static str {
    if test.should_panic() == ShouldPanic::No {
        ""
    } else {
        "\nnote: test did not panic as expected"
    }
}

fn executed(name: &str, status: ExitStatus) -> String {
    let how = status_words(status);
    format!(
        "the test process became `{name}` (exec, or a renamed thread), which {how} before the test returned"
    )
}

fn timed_out_words(TimedOut { after, activities }: &TimedOut) -> String {
    let mut text = format!("the test timed out after {after:?}");
    if !activities.is_empty() {
        text.push_str("; its processes:");
    }
    for activity in activities {
        let _ = write!(
            text,
            "\n    {} (pid {}): {}",
            activity.name,
            activity.id,
            doing(activity)
        );
        for frame in &activity.stack {
            let _ = write!(text, "\n        {frame}");
        }
    }
    text
}

/// Formats an activity, with the states of `proc_pid_stat(5)`.
fn doing(
    Activity {
        state, waits_in, ..
    }: &Activity,
) -> String {
    let state = match state {
        'R' => "running",
        'S' => "sleeping",
        'D' => "in uninterruptible sleep",
        'T' | 't' => "stopped",
        'Z' | 'X' => "exited, but not yet waited for (zombie)",
        'I' => "idle",
        _ => "in an unknown state",
    };
    match waits_in {
        Some(function) => format!("{state} in {function}"),
        None => state.to_owned(),
    }
}

/// Formats a failure exit code, as libtest does.
fn returned(code: Option<u8>) -> String {
    let number = code.map_or_else(String::new, |code| format!(" ({code})"));
    format!(
        "the test returned a termination value with a non-zero status code{number} which indicates a failure"
    )
}

/// Formats an unexpected panic message, as libtest does.
fn panicked_otherwise(expected: &str, message: Option<&str>) -> String {
    match message {
        Some(message) => format!(
            "note: panic did not contain expected string\n      panic message: {message:?}\n expected substring: {expected:?}"
        ),
        None => format!(
            "expected panic with string value,\n found non-string value\n     expected substring: {expected:?}"
        ),
    }
}

fn status_words(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exited with status {code}"),
        (_, Some(number)) => {
            let core = if status.core_dumped() {
                ", core dumped"
            } else {
                ""
            };
            match describe_signal(number) {
                Some((name, meaning)) => format!("was killed by {name} ({meaning}{core})"),
                None => format!(
                    "was killed by signal {number}{}",
                    if core.is_empty() {
                        ""
                    } else {
                        " (core dumped)"
                    }
                ),
            }
        }
        _ => format!("exited with wait status {:#x}", status.into_raw()),
    }
}
