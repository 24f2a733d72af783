//! By what means the limits of a test hold: what the test itself can ask.

use std::sync::OnceLock;

/// By what means each limit of `limit(..)` holds. `None`: it was not asked for.
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

/// What holds a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mechanism {
    /// A cgroup of the test's own: the limit is for all of its processes together; `cgroups(7)`.
    Cgroup,
    /// `setrlimit(2)`: files, memory (then address space) and processor time are for each process separately. Processes are
    /// counted for the user in its user namespace.
    Rlimit,
    /// Nothing: the kernel exempts real root from the count of processes, and no cgroup is delegated. The limit does not hold.
    Exempt,
}

/// By what means the limits of the running test hold: a cgroup where the machine has delegated one, else `setrlimit(2)`.
///
/// Outside of a test nothing is limited, and every field is `None`.
///
/// ```
/// assert_eq!(ns_test::limited_by(), ns_test::LimitedBy::default());
/// ```
#[must_use]
pub fn limited_by() -> LimitedBy {
    OF_THIS_TEST.get().copied().unwrap_or_default()
}

/// In the body, before the test's function.
pub(crate) fn remember(by: LimitedBy) {
    if by != LimitedBy::default() {
        let _ = OF_THIS_TEST.set(by);
    }
}

static OF_THIS_TEST: OnceLock<LimitedBy> = OnceLock::new();
