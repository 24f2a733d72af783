//! Which tests a command line selects, by libtest's rules. libtest-mimic accepts only one filter.

use libtest_mimic::{Arguments, Conclusion};

use super::args::Invocation;
#[cfg(target_os = "linux")]
use crate::request::test::Test;

/// Returns whether a function with this path can be selected. A process that runs one test of
/// thousands decides most of them by this, which does not compute the name.
#[cfg(target_os = "linux")]
pub(super) fn may_select(invocation: &Invocation, path: &str) -> bool {
    match &*invocation.filters {
        [name] if invocation.arguments.exact => path.ends_with(&**name),
        _ => true,
    }
}

/// Returns whether the filters and `--skip` select the name.
pub(super) fn selects(invocation: &Invocation, name: &str) -> bool {
    let (filters, skip) = (&*invocation.filters, &*invocation.arguments.skip);
    let matches = |pattern: &String| {
        if invocation.arguments.exact {
            name == pattern
        } else {
            name.contains(pattern)
        }
    };
    (filters.is_empty() || filters.iter().any(matches)) && !skip.iter().any(matches)
}

/// Returns whether each name of an `--exact` command line is that of a selected test. Then it does
/// not matter which other tests the binary has, and nextest starts a process for each test.
#[cfg(target_os = "linux")]
pub(super) fn finds_all(invocation: &Invocation, selected: &[Test]) -> bool {
    let names = &*invocation.filters;
    let is_selected = |name: &String| selected.iter().any(|test| test.name == **name);
    invocation.arguments.exact && !names.is_empty() && names.iter().all(is_selected)
}

/// Runs the selected trials. libtest-mimic reports the others as filtered out.
///
/// They are trials without a name, which cost no allocation. The empty name is skipped.
pub(super) fn run(
    mut arguments: Arguments,
    mut selected: Vec<libtest_mimic::Trial>,
    filtered_out: usize,
) -> Conclusion {
    arguments.test_threads = threads(&arguments, selected.len());
    selected.reserve(filtered_out);
    // The adapters of an iterator take twice the instructions in a debug build.
    for _ in 0..filtered_out {
        selected.push(libtest_mimic::Trial::test("", || Ok(())));
    }
    arguments.filter = None;
    (arguments.skip, arguments.exact) = match filtered_out {
        0 => (Vec::new(), false),
        _ => (vec![String::new()], true),
    };
    libtest_mimic::run(&arguments, selected)
}

/// Returns how many threads run the tests. libtest-mimic starts the requested number even for one
/// test, and nextest starts a process for each test.
///
/// A single thread is the main thread, which prints a test's name before it runs the test. libtest
/// does that only with `--test-threads=1`, and without capture the difference would be visible.
/// Below nextest, `args.rs` sets one thread, because nextest shows only the output of failed tests.
fn threads(arguments: &Arguments, tests: usize) -> Option<usize> {
    let least = if arguments.nocapture { 2 } else { 1 };
    Some(arguments.test_threads?.min(tests.max(least)))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::request::{Sandbox, Trial};

    #[test]
    fn only_exact_names_can_all_be_found() {
        let test = |name: &str| Test::from(Trial::new(name, Sandbox::new(), || ()));
        let selected = [test("one"), test("two")];
        let asked = |names: &[&str], exact| {
            let mut invocation = Invocation {
                filters: names.iter().map(ToString::to_string).collect(),
                ..Invocation::default()
            };
            invocation.arguments.exact = exact;
            finds_all(&invocation, &selected)
        };
        assert!(asked(&["one"], true) && asked(&["two", "one"], true));
        assert!(!asked(&["one", "dropped"], true));
        assert!(!asked(&["one"], false) && !asked(&[], true));
    }

    #[test]
    fn there_are_no_more_threads_than_tests() {
        let threads = |nocapture, asked, tests| {
            let mut arguments = Arguments {
                nocapture,
                ..Arguments::default()
            };
            arguments.test_threads = asked;
            threads(&arguments, tests)
        };
        assert_eq!(
            [1, 3, 9].map(|tests| threads(false, Some(4), tests)),
            [Some(1), Some(3), Some(4)]
        );
        assert_eq!(threads(false, Some(4), 0), Some(1));
        assert_eq!(threads(true, Some(4), 1), Some(2));
        assert_eq!(threads(true, Some(1), 1), Some(1));
        assert_eq!(threads(false, None, 1), None);
    }

    #[test]
    fn what_may_not_be_selected_is_not_selected() {
        let asked = |name: &str, exact| {
            let mut invocation = Invocation {
                filters: vec![name.to_owned()],
                ..Invocation::default()
            };
            invocation.arguments.exact = exact;
            let paths = ["suite::one", "suite::inner::one", "suite::other"];
            paths.map(|path| may_select(&invocation, path))
        };
        assert_eq!(asked("one", true), [true, true, false]);
        assert_eq!(asked("inner::one", true), [false, true, false]);
        assert_eq!(asked("one", false), [true; 3]);
    }
}
