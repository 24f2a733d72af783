//! Messages for a run: its command line, its order, its end.

use std::io::{self, Write as _};

/// Formats the shuffle seed of this run.
pub(crate) fn shuffled(seed: u64) -> String {
    format!("\nshuffle seed: {seed}")
}

/// Returns the help text of the command line.
pub(crate) fn help() -> String {
    include_str!("help.txt").trim_end().to_owned()
}

/// Formats the error for an invalid command line.
pub(crate) fn usage_mistake(mistake: &str) -> String {
    format!("error: {mistake}")
}

/// The warning that coverage will be incomplete.
pub(crate) const PROFILES_COLLIDE: &str = "warning: LLVM_PROFILE_FILE has no %m: add it to the file name
  each test is a process of its own, and without %m processes that exit at the same time corrupt the shared file";

/// Formats the error for tests with the attribute of another version of this crate.
pub(crate) fn other_version(count: usize) -> String {
    let tests = if count == 1 { "test has" } else { "tests have" };
    format!(
        "error: {count} {tests} the attribute of another version of ns-test: `main!()` runs only the tests of its own version. Use one version, or one test target for each"
    )
}

/// Formats the error for two tests with one name.
pub(crate) fn same_name(name: &str) -> String {
    format!(
        "error: two tests have the name `{name}`: rename one of them, so that a filter can tell them apart"
    )
}

/// Formats the error for a serial key that the attribute would reject.
pub(crate) fn serial_key(name: &str) -> String {
    format!("error: the serial key of `{name}` must have 1 to 64 bytes")
}

/// Formats the error for a name by which no test can be listed.
pub(crate) fn no_name(name: &str) -> String {
    format!(
        "error: {name:?} can't be the name of a test: it is empty or contains a control character"
    )
}

/// Prints lines to the stream of the results. Ignores a reader that has gone away.
pub(crate) fn print(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}

/// Prints the list of tests by one system call, if stdout takes all of it.
pub(crate) fn print_list(list: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(list.as_bytes())?;
    stdout.flush()
}

/// Prints lines to the stream of the errors.
pub(crate) fn print_error(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Formats the error with which std or libtest-mimic has ended the run. Either results could not be
/// printed (in libtest's wording), or a thread could not be started.
pub(crate) fn run_ended(error: &str) -> String {
    match error.strip_prefix("failed to spawn thread: ") {
        Some(error) => format!(
            "error: a thread for the tests can't be started: {error}
  no more processes are allowed: raise `ulimit -u`, or pids.max of the cgroup"
        ),
        None => format!("error: io error when printing results: {error}"),
    }
}

/// The warning that no test was registered, and none was filtered out.
pub(crate) const NO_TESTS: &str = "warning: this binary has no tests
  no function in this binary has #[ns_test], and no trial was added; rustc compiles a module only if a `mod` line declares it";

/// Formats the error for existing threads, with the names of those that are not the main thread.
/// `constructors_were_asked`: only a constructor can have started them.
pub(crate) fn not_single_threaded(others: &[String], constructors_were_asked: bool) -> String {
    let names = match others {
        [] => String::new(),
        names => format!(" (`{}`)", names.join("`, `")),
    };
    let advice = if constructors_were_asked {
        constructor_started_thread()
    } else {
        "call ns_test::run() in the first lines of `main`, before anything starts a thread
  if it is already there, a constructor started the thread: set NS_TEST_HARNESS=1, as ns_test::main!() does, and see
  docs/debugging.md, \"A constructor starts a thread\""
            .to_owned()
    };
    format!(
        "error: this process had another thread{names} before the first test
  ns-test forks a process for each test, and a child forked from a multi-threaded process can deadlock on a lock that
  another thread held
  {advice}"
    )
}

/// Formats the advice for a thread that a constructor has started although it was asked not to.
pub(super) fn constructor_started_thread() -> String {
    format!(
        "a constructor (.init_array) of the binary, of a library or of LD_PRELOAD{} started the thread, although the
  variable NS_TEST_HARNESS was set
  if you can change the constructor: start the thread at the first use, or not while NS_TEST_HARNESS is set
  if you can't: docs/debugging.md, \"A constructor starts a thread\"",
        preloaded()
    )
}

/// Returns the libraries in `LD_PRELOAD`, which the dynamic linker loads first.
fn preloaded() -> String {
    match std::env::var("LD_PRELOAD") {
        Ok(libraries) if !libraries.is_empty() => format!(" (`{libraries}`)"),
        _ => String::new(),
    }
}

/// The reason why no test runs on another system, or under Miri.
pub(crate) const NO_NAMESPACES: &str =
    "the test did not run: it needs Linux namespaces, which other platforms and Miri do not have";
