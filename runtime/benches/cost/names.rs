//! The names of groups and contenders that goals refer to.

pub(crate) const SCALE: &str = "number of tests";
pub(crate) const MEMORY: &str = "touched memory";
pub(crate) const OTHERS: &str = "others; user, net, mount; 2 at a time";
pub(crate) const OURS_UNOPTIMIZED: &str = "ours, unoptimized";
pub(crate) const OURS_LINKED: &str = "ours, unoptimized, just linked";
pub(crate) const UNSHARE: &str = "unshare -Urnm true";
pub(crate) const NEXTEST: &str = "cargo nextest run, no namespaces";
pub(crate) const NEXTEST_ANNOTATED: &str = "cargo nextest run, user, net, mount";
pub(crate) const RE_EXEC: &str = "a re-exec per test, no namespaces";
pub(crate) const BACKLOG: &str = "network namespaces at the peak of 10,000 tests, busy machine";

/// 2,000 tests against 2,000 of libtest.
pub(crate) const COMPILED: &str = "2,000 tests, compiled by cargo and rustc";
pub(crate) const CHANGED: &str = "2,000 tests, one of them changed, incremental";
pub(crate) const SIZE: &str = "2,000 tests: size of the debug binary, #[ns_test] / #[test]";
/// The same, built as README.md recommends it.
pub(crate) const CHANGED_README: &str =
    "2,000 tests, one of them changed, incremental, README's profile";
/// 500 tests of twelve lines, in README's profile.
pub(crate) const CHANGED_LINES: &str =
    "500 tests of twelve lines, one test changed, incremental, README's profile";
pub(crate) const SIZE_README: &str =
    "2,000 tests: size of the debug binary in README's profile, #[ns_test] / #[test]";
pub(crate) const GROWTH: &str =
    "2,000 tests: what they add to a debug binary, #[ns_test] / #[test]";

/// 10,000 tests against 10,000 of libtest.
pub(crate) const LIST: &str = "--list of 10,000 tests";
pub(crate) const EXACT: &str = "one of 10,000 tests, by --exact";
pub(crate) const BYTES: &str = "peak memory of the harness, bytes per test";
pub(crate) const BYTES_PLAIN: &str = "peak memory of libtest's harness, bytes per test";
pub(crate) const BYTES_RATIO: &str = "peak memory of the harness per test, #[ns_test] / #[test]";

pub(crate) const PLAIN: &str = "#[test]";
pub(crate) const BARE: &str = "#[ns_test]";
pub(crate) const KEYS: &str = "#[ns_test] with five keys";

/// The curves of a panel with only one contender.
pub(crate) const WALL: &str = "wall";
pub(crate) const CPU: &str = "processor";

/// The group that compares a set with the floor.
pub(crate) fn group_name(set: &str, threads: u32) -> String {
    format!(
        "{set}; {threads} thread{}",
        if threads == 1 { "" } else { "s" }
    )
}
