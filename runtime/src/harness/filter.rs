//! Which tests a command line selects, by libtest's rules. libtest-mimic accepts only one filter.

use std::iter;

use libtest_mimic::{Arguments, Conclusion};

use super::args::Invocation;
#[cfg(target_os = "linux")]
use crate::request::test::Test;

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
    let nameless = || libtest_mimic::Trial::test("", || Ok(()));
    selected.extend(iter::repeat_with(nameless).take(filtered_out));
    arguments.filter = None;
    (arguments.skip, arguments.exact) = match filtered_out {
        0 => (Vec::new(), false),
        _ => (vec![String::new()], true),
    };
    libtest_mimic::run(&arguments, selected)
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
}
