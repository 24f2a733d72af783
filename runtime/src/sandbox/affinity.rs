//! The processors that a thread may run on: `sched_setaffinity(2)`.

use nix::sched::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity};
use nix::unistd::Pid;

use crate::sys::Errno;

/// A set of processors.
#[derive(Clone, Copy)]
pub(crate) struct Processors {
    set: CpuSet,
}

impl Processors {
    /// Returns the processors of the calling thread. `None`: there is only one, or the kernel does
    /// not report them.
    pub(crate) fn of_this_thread() -> Option<Self> {
        let set = sched_getaffinity(THIS_THREAD).ok()?;
        let several = numbers()
            .filter(|number| set.is_set(*number) == Ok(true))
            .nth(1);
        several.map(|_second| Self { set })
    }

    /// Returns the processor that the calling thread runs on now.
    pub(crate) fn current() -> Option<Self> {
        Self::of([sched_getcpu().ok()?])
    }

    /// Restricts the calling thread, and all its future threads and children, to these processors.
    pub(crate) fn allow(&self) -> Result<(), Errno> {
        let allowed = match sched_setaffinity(THIS_THREAD, &self.set) {
            // The caller's cpuset has changed and contains none of them any more: use its whole
            // cpuset.
            Err(nix::errno::Errno::EINVAL) => match Self::of(numbers()) {
                Some(all) => sched_setaffinity(THIS_THREAD, &all.set),
                None => Ok(()),
            },
            other => other,
        };
        allowed.map_err(Errno::from_nix)
    }

    /// Returns a set. `None`: a set has no room for one of the numbers.
    fn of(numbers: impl IntoIterator<Item = usize>) -> Option<Self> {
        let mut set = CpuSet::new();
        numbers
            .into_iter()
            .try_for_each(|number| set.set(number))
            .ok()?;
        Some(Self { set })
    }
}

const THIS_THREAD: Pid = Pid::from_raw(0);

fn numbers() -> std::ops::Range<usize> {
    0..CpuSet::count()
}
