//! Which tests a command line selects, by libtest's rules. libtest-mimic accepts only one filter.

use std::iter;

use libtest_mimic::{Arguments, Conclusion, Trial};

use super::args::Invocation;

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

/// Runs the selected trials. libtest-mimic reports the others as filtered out.
///
/// They are trials without a name, which cost no allocation. The empty name is skipped.
pub(super) fn run(
    mut arguments: Arguments,
    mut selected: Vec<Trial>,
    filtered_out: usize,
) -> Conclusion {
    let nameless = || Trial::test("", || Ok(()));
    selected.extend(iter::repeat_with(nameless).take(filtered_out));
    arguments.filter = None;
    (arguments.skip, arguments.exact) = match filtered_out {
        0 => (Vec::new(), false),
        _ => (vec![String::new()], true),
    };
    libtest_mimic::run(&arguments, selected)
}
