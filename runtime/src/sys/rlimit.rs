//! Resource limits: `setrlimit(2)`.

use nix::sys::resource::{self, getrlimit, setrlimit};

use super::Errno;

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

/// Lowers the soft and the hard limit. A caller whose hard limit is lower already keeps it.
pub(crate) fn lower(resource: Resource, to: u64) -> Result<(), Errno> {
    let resource = match resource {
        Resource::Processes => resource::Resource::RLIMIT_NPROC,
        Resource::AddressSpace => resource::Resource::RLIMIT_AS,
        Resource::Files => resource::Resource::RLIMIT_NOFILE,
        Resource::Cpu => resource::Resource::RLIMIT_CPU,
    };
    // Where the type is of 32 bits, what it can't hold is no limit.
    let to = resource::rlim_t::try_from(to).unwrap_or(resource::rlim_t::MAX);
    let (_, hard) = getrlimit(resource).map_err(Errno::from_nix)?;
    let soft = hard.min(to);
    // At the soft limit of processor time the kernel sends SIGXCPU, which tells the reason; at the hard one it kills.
    let grace = u64::from(matches!(resource, resource::Resource::RLIMIT_CPU));
    let hard = hard.min(soft.saturating_add(resource::rlim_t::try_from(grace).unwrap_or(0)));
    setrlimit(resource, soft, hard).map_err(Errno::from_nix)
}
