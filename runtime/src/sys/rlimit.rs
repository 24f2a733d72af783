//! Resource limits: `setrlimit(2)`.

use nix::sys::resource::{Resource, getrlimit, rlim_t, setrlimit};

use super::Errno;

/// Lowers the soft and the hard limit. A hard limit that is already lower stays.
pub(crate) fn lower(resource: Resource, to: u64) -> Result<(), Errno> {
    // If the type has 32 bits, a value beyond it means no limit.
    let to = rlim_t::try_from(to).unwrap_or(rlim_t::MAX);
    let (_, hard) = getrlimit(resource).map_err(Errno::from_nix)?;
    let soft = hard.min(to);
    // At the soft limit of processor time the kernel sends SIGXCPU, which shows the reason. At the
    // hard limit it kills.
    let grace = u64::from(matches!(resource, Resource::RLIMIT_CPU));
    let hard = hard.min(soft.saturating_add(rlim_t::try_from(grace).unwrap_or(0)));
    setrlimit(resource, soft, hard).map_err(Errno::from_nix)
}
