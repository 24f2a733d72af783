//! The words that a person reads: this file alone has them.

use std::fmt::Write as _;
use std::time::Duration;

use crate::sys::process::WaitStatus;
use crate::sys::signal;
use crate::verdict::Ending;
use crate::wire::page::Stray;
use crate::worker::Finished;

/// What stands below a failed test's name: its output, and why it failed where the output does not say it.
pub(crate) fn failure(ending: &Ending, finished: &Finished) -> String {
    let mut text = finished.output.text(left_out);
    if let Some(why) = why(ending, finished) {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&why);
        text.push('\n');
    }
    if !finished.evidence.strays.is_empty() {
        let _ = writeln!(text, "{}", strays(&finished.evidence.strays));
    }
    // libtest-mimic ends the section with a line end of its own.
    if text.ends_with('\n') {
        text.pop();
    }
    text
}

/// Threads exist already.
pub(crate) const NOT_ALONE: &str = "error: ns_test::run() was called when this process had more than one thread
  it forks the launcher of the tests, and a child forked from a process with threads can hang on a lock that another
  thread held; call it in the first lines of main(), before anything starts a thread";

/// Two tests have one name.
pub(crate) fn same_name(name: &str) -> String {
    format!(
        "error: two tests have the name `{name}`: rename one of them, or a filter could not tell them apart"
    )
}

/// The launcher could not be started.
pub(crate) fn no_launcher(error: &dyn std::error::Error) -> String {
    format!("error: failed to {error}")
}

/// A flag that can't be.
pub(crate) const NO_THREADS: &str = "error: argument for --test-threads must not be 0";

fn left_out(bytes: u64) -> String {
    format!("\n[.. {bytes} bytes left out ..]\n")
}

/// `None`: the output has said it already.
fn why(ending: &Ending, finished: &Finished) -> Option<String> {
    Some(match ending {
        Ending::Panicked(_) if !finished.output.is_empty() => return None,
        Ending::Panicked(Some(message)) => format!("the test panicked: {message}"),
        Ending::Panicked(None) => "the test panicked with a payload that is no text".to_owned(),
        Ending::Returned(code) => returned(*code),
        Ending::DidNotPanic => "note: test did not panic as expected".to_owned(),
        Ending::PanickedOtherwise { expected, message } => {
            panicked_otherwise(expected, message.as_deref())
        }
        Ending::Ended(status) => format!(
            "the test's process {} before the test returned",
            status_words(*status)
        ),
        Ending::EndedAfter(status) => {
            format!(
                "the test returned, but then its process {}",
                status_words(*status)
            )
        }
        Ending::LeftProcesses => "the test returned, but left processes behind".to_owned(),
        Ending::TimedOut(deadline) => format!("the test timed out after {}", duration(*deadline)),
        Ending::NotSetUp(error) => format!("the test did not run: failed to {error}"),
        Ending::InitEnded(status) => {
            let how = status.map_or_else(|| "is gone".to_owned(), status_words);
            format!("PID 1 of the test's sandbox {how}, so that the test's end was not seen")
        }
        Ending::Garbled => "the test's report is damaged: something has written over it".to_owned(),
    })
}

/// As libtest has it.
fn returned(code: Option<u8>) -> String {
    let number = code.map_or_else(String::new, |code| format!(" ({code})"));
    format!(
        "the test returned a termination value with a non-zero status code{number} which indicates a failure"
    )
}

/// As libtest has it.
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

fn strays(strays: &[Stray]) -> String {
    let names: Vec<String> = strays
        .iter()
        .map(|stray| format!("{} (pid {})", stray.command, stray.pid))
        .collect();
    let (count, processes) = (
        strays.len(),
        if strays.len() == 1 {
            "process"
        } else {
            "processes"
        },
    );
    format!(
        "{count} {processes} outlived the test: {}",
        names.join(", ")
    )
}

fn status_words(status: WaitStatus) -> String {
    match (status.exit_code(), status.signal()) {
        (Some(code), _) => format!("ended with exit status {code}"),
        (_, Some(number)) => {
            let core = if status.dumped_core() {
                ", core dumped"
            } else {
                ""
            };
            match signal::describe(number) {
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
        _ => format!("ended with wait status {:#x}", status.0),
    }
}

fn duration(time: Duration) -> String {
    format!("{time:?}")
}
