//! The mechanisms that enforce a test's limits, which the test itself can query.

use std::sync::OnceLock;

/// The mechanism that enforces each limit of `limit(..)`. `None`: the test has no such limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LimitedBy {
    /// `limit(processes = ..)`.
    pub processes: Option<Mechanism>,
    /// `limit(memory = ..)`.
    pub memory: Option<Mechanism>,
    /// `limit(files = ..)`.
    pub files: Option<Mechanism>,
    /// `limit(cpu = ..)`.
    pub cpu: Option<Mechanism>,
}

/// A mechanism that enforces a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mechanism {
    /// The test's own cgroup: the limit covers all of its processes together; `cgroups(7)`.
    Cgroup,
    /// `setrlimit(2)`. Files, memory (as address space) and processor time are limited for each
    /// process separately. Processes are counted for the user in its user namespace.
    Rlimit,
    /// None: the kernel exempts real root from the process limit, and no cgroup is delegated. The
    /// limit has no effect.
    Exempt,
}

/// Returns the mechanism of each of the running test's limits: a cgroup where the machine has
/// delegated one, else `setrlimit(2)`.
///
/// Outside a test every field is `None`.
///
/// ```
/// assert_eq!(ns_test::limited_by(), ns_test::LimitedBy::default());
/// ```
#[must_use]
pub fn limited_by() -> LimitedBy {
    OF_THIS_TEST.get().copied().unwrap_or_default()
}

/// Records the mechanisms. The body calls this before the test's function.
pub(crate) fn remember(by: LimitedBy) {
    if by != LimitedBy::default() {
        let _ = OF_THIS_TEST.set(by);
    }
}

static OF_THIS_TEST: OnceLock<LimitedBy> = OnceLock::new();
