//! The words for a run: its command line, its order, its end.

use std::io::{self, Write as _};

/// The order of this run.
pub(crate) fn shuffled(seed: u64) -> String {
    format!("\nshuffle seed: {seed}")
}

/// The command line's manual.
pub(crate) fn help() -> String {
    include_str!("help.txt").trim_end().to_owned()
}

/// A command line that makes no sense.
pub(crate) fn usage_mistake(mistake: &str) -> String {
    format!("error: {mistake}")
}

/// Coverage that will not be whole.
pub(crate) const PROFILES_COLLIDE: &str = "warning: LLVM_PROFILE_FILE has no %m
  every test is a process of its own: without it, those that end at the same time damage each other's counts in one file";

/// Two tests have one name.
pub(crate) fn other_version(count: usize) -> String {
    let tests = if count == 1 {
        "test carries"
    } else {
        "tests carry"
    };
    format!(
        "error: {count} {tests} the attribute of another version of ns-test: `main!()` runs only those of its own. Use one version, or one test target for each"
    )
}

pub(crate) fn same_name(name: &str) -> String {
    format!(
        "error: two tests have the name `{name}`: rename one of them, or a filter could not tell them apart"
    )
}

/// A key that no attribute could have.
pub(crate) fn serial_key(name: &str) -> String {
    format!("error: the serial key of `{name}` has to have 1 to 64 bytes")
}

/// A name by which no test can be listed.
pub(crate) fn no_name(name: &str) -> String {
    format!(
        "error: {name:?} can't be the name of a test: it is empty, or holds a line end or another control character"
    )
}

/// Prints lines where the results go. A reader that has gone away has read enough.
pub(crate) fn print(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}

/// Prints lines where errors go.
pub(crate) fn print_error(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// The results could not be printed; in libtest's words.
pub(crate) fn not_printed(error: &str) -> String {
    format!("error: io error when printing results: {error}")
}

/// Threads exist already.
pub(crate) const NOT_SINGLE_THREADED: &str = "error: ns_test::run() was called when this process had more than one thread
  it forks the launcher of the tests, and a child forked from a process with threads can hang on a lock that another
  thread held; call it in the first lines of main(), before anything starts a thread";

/// Why no test runs on another system, or under Miri.
pub(crate) const NO_NAMESPACES: &str =
    "the test did not run: it needs Linux namespaces, which neither another system nor Miri has";
