//! The names of groups and contenders that goals refer to.

pub(crate) const SCALE: &str = "number of tests";
pub(crate) const MEMORY: &str = "touched memory";
pub(crate) const OTHERS: &str = "others; user, net, mount; 2 at a time";
pub(crate) const OURS_UNOPTIMIZED: &str = "ours, unoptimized";
pub(crate) const UNSHARE: &str = "unshare -Urnm true";
pub(crate) const NEXTEST: &str = "cargo nextest run, no namespaces";
pub(crate) const RE_EXEC: &str = "a re-exec per test, no namespaces";
pub(crate) const BACKLOG: &str = "network namespaces at the peak of 10,000 tests, busy machine";

/// The group that compares a set with the floor.
pub(crate) fn group_name(set: &str, threads: u32) -> String {
    format!(
        "{set}; {threads} thread{}",
        if threads == 1 { "" } else { "s" }
    )
}
