//! Several filters; libtest-mimic accepts only one.

use super::args::Invocation;

/// Applies several filters by skipping each test that matches none, by its exact name. So
/// libtest-mimic still counts those tests as filtered out.
pub(super) fn with_filters<'a>(
    mut invocation: Invocation,
    names: impl Iterator<Item = &'a str>,
) -> Invocation {
    let arguments = &mut invocation.arguments;
    if invocation.filters.len() < 2 {
        arguments.filter = invocation.filters.pop();
        return invocation;
    }
    let matches = |name: &str, pattern: &String| {
        if arguments.exact {
            name == pattern
        } else {
            name.contains(pattern)
        }
    };
    let stays = |name: &str| {
        invocation
            .filters
            .iter()
            .any(|filter| matches(name, filter))
            && !arguments.skip.iter().any(|skip| matches(name, skip))
    };
    let skip = names
        .filter(|name| !stays(name))
        .map(ToOwned::to_owned)
        .collect();
    (arguments.skip, arguments.exact) = (skip, true);
    invocation
}
