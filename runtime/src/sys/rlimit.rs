//! Resource limits: `setrlimit(2)`.

use nix::sys::resource::{self, getrlimit, setrlimit};

use super::Errno;

/// A resource with a limit.
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

/// Lowers the soft and the hard limit. A hard limit that is already lower stays.
pub(crate) fn lower(resource: Resource, to: u64) -> Result<(), Errno> {
    let resource = match resource {
        Resource::Processes => resource::Resource::RLIMIT_NPROC,
        Resource::AddressSpace => resource::Resource::RLIMIT_AS,
        Resource::Files => resource::Resource::RLIMIT_NOFILE,
        Resource::Cpu => resource::Resource::RLIMIT_CPU,
    };
    // If the type has 32 bits, a value beyond it means no limit.
    let to = resource::rlim_t::try_from(to).unwrap_or(resource::rlim_t::MAX);
    let (_, hard) = getrlimit(resource).map_err(Errno::from_nix)?;
    let soft = hard.min(to);
    // At the soft limit of processor time the kernel sends SIGXCPU, which shows the reason. At the
    // hard limit it kills.
    let grace = u64::from(matches!(resource, resource::Resource::RLIMIT_CPU));
    let hard = hard.min(soft.saturating_add(resource::rlim_t::try_from(grace).unwrap_or(0)));
    setrlimit(resource, soft, hard).map_err(Errno::from_nix)
}
