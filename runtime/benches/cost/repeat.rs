//! A program for every test: runs one command repeatedly, several at a time, as process-based tools
//! do.

use std::env;
use std::process::{Command, Stdio};
use std::thread;

use crate::fixture::TESTS;

/// Variables: the program and its arguments, one per line, and how many run at a time.
pub(crate) const COMMAND: &str = "NS_TEST_BENCH_COMMAND";
pub(crate) const THREADS: &str = "NS_TEST_BENCH_THREADS";

pub(crate) fn run() -> Result<(), String> {
    let command = env::var(COMMAND).unwrap_or_default();
    let words: Vec<&str> = command.lines().collect();
    let (tests, threads) = (number(TESTS)?, number(THREADS)?);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| (0..tests / threads).try_for_each(|_| once(&words))))
            .collect();
        workers.into_iter().try_for_each(|worker| {
            worker
                .join()
                .map_err(|_panic| "a thread panicked".to_owned())?
        })
    })
}

/// Reads a number that the environment must contain.
pub(crate) fn number(variable: &str) -> Result<u32, String> {
    env::var(variable)
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| format!("{variable} is no number"))
}

fn once(words: &[&str]) -> Result<(), String> {
    let (program, arguments) = words.split_first().ok_or("no program")?;
    let status = Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .status()
        .map_err(|error| format!("{program}: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{program}: {status}"))
    }
}
