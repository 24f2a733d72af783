//! Which processors a thread may run on: `sched_setaffinity(2)`.

use nix::sched::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity};
use nix::unistd::Pid;

use super::Errno;

/// A set of processors.
#[derive(Clone, Copy)]
pub(crate) struct Processors {
    set: CpuSet,
}

impl Processors {
    /// Those of the calling thread. `None`: it has but one, or the kernel does not say.
    pub(crate) fn of_this_thread() -> Option<Self> {
        let set = sched_getaffinity(THIS_THREAD).ok()?;
        let several = numbers()
            .filter(|number| set.is_set(*number) == Ok(true))
            .nth(1);
        several.map(|_second| Self { set })
    }

    /// The one that the calling thread runs on at the moment.
    pub(crate) fn current() -> Option<Self> {
        Self::of([sched_getcpu().ok()?])
    }

    /// Has the calling thread, and all that it makes from now on, run on these alone.
    pub(crate) fn allow(&self) -> Result<(), Errno> {
        let allowed = match sched_setaffinity(THIS_THREAD, &self.set) {
            // The caller's cpuset has changed, and has none of them any more: then on all that it has.
            Err(nix::errno::Errno::EINVAL) => match Self::of(numbers()) {
                Some(all) => sched_setaffinity(THIS_THREAD, &all.set),
                None => Ok(()),
            },
            other => other,
        };
        allowed.map_err(Errno::from_nix)
    }

    /// `None`: a set has no room for one of them.
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
