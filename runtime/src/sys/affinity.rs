//! Which processors a thread may run on: `sched_setaffinity(2)`.

use std::mem;

use nix::libc;

use super::Errno;
use super::errno::check;

/// A set of processors.
#[derive(Clone, Copy)]
pub(crate) struct Processors {
    set: libc::cpu_set_t,
}

impl Processors {
    /// Those of the calling thread. `None`: it has but one, or the kernel does not say.
    pub(crate) fn of_this_thread() -> Option<Self> {
        let mut all = Self::none();
        // SAFETY: the set outlives the call and is as long as said.
        check(unsafe { libc::sched_getaffinity(THIS_THREAD, LENGTH, &raw mut all.set) }).ok()?;
        // SAFETY: counts bits.
        (unsafe { libc::CPU_COUNT(&all.set) } > 1).then_some(all)
    }

    /// The one that the calling thread runs on at the moment.
    pub(crate) fn current() -> Option<Self> {
        // SAFETY: takes no pointers.
        let number = usize::try_from(unsafe { libc::sched_getcpu() }).ok()?;
        let mut one = Self::none();
        // SAFETY: sets a bit. With more processors than the set has bits `of_this_thread` knows none, and nobody asks here.
        unsafe { libc::CPU_SET(number, &mut one.set) };
        Some(one)
    }

    /// Has the calling thread, and all that it makes from now on, run on these alone.
    pub(crate) fn allow(&self) -> Result<(), Errno> {
        match self.set() {
            // The caller's cpuset has changed, and has none of them any more: then on all that it has.
            Err(Errno::INVAL) => Self::all().set(),
            other => other,
        }
    }

    fn set(&self) -> Result<(), Errno> {
        // SAFETY: the set outlives the call and is as long as said.
        check(unsafe { libc::sched_setaffinity(THIS_THREAD, LENGTH, &raw const self.set) })
            .map(drop)
    }

    fn all() -> Self {
        let mut all = Self::none();
        for number in 0..8 * LENGTH {
            // SAFETY: sets a bit that there is.
            unsafe { libc::CPU_SET(number, &mut all.set) };
        }
        all
    }

    fn none() -> Self {
        Self {
            // SAFETY: an array of integers, for which zero is a value.
            set: unsafe { mem::zeroed() },
        }
    }
}

const THIS_THREAD: libc::pid_t = 0;
const LENGTH: usize = size_of::<libc::cpu_set_t>();
