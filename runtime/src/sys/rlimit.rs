//! Resource limits: `setrlimit(2)`.

use nix::libc;

use super::Errno;
use super::errno::check;

/// What can be limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    /// Processes and threads of the caller's user in its user namespace.
    Processes,
    /// Bytes of address space, for each process.
    AddressSpace,
    /// Open descriptors, for each process.
    Files,
    /// Seconds of processor time, for each process.
    Cpu,
}

/// Lowers the soft and the hard limit; a caller whose hard limit is lower already keeps it.
pub(crate) fn lower(resource: Resource, to: u64) -> Result<(), Errno> {
    let number = match resource {
        Resource::Processes => libc::RLIMIT_NPROC,
        Resource::AddressSpace => libc::RLIMIT_AS,
        Resource::Files => libc::RLIMIT_NOFILE,
        Resource::Cpu => libc::RLIMIT_CPU,
    };
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the structure outlives the call.
    check(unsafe { libc::getrlimit(number, &raw mut limit) })?;
    limit.rlim_max = limit.rlim_max.min(to);
    limit.rlim_cur = limit.rlim_max;
    // SAFETY: the structure outlives the call.
    check(unsafe { libc::setrlimit(number, &raw const limit) }).map(drop)
}
