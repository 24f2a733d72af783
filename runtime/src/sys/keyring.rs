//! The kernel's keys: `keyctl(2)`, `session-keyring(7)`. nix does not have them.

use nix::libc;

use super::Errno;
use super::syscall::syscall;

/// Replaces the inherited session keyring with a new, empty one without a name.
pub(crate) fn join_session_keyring() -> Result<(), Errno> {
    /// `KEYCTL_JOIN_SESSION_KEYRING` of `linux/keyctl.h`.
    const JOIN: usize = 1;
    const WITHOUT_NAME: usize = 0;
    // SAFETY: this operation takes a C string, or null for a keyring without a name.
    unsafe { syscall(libc::SYS_keyctl, [JOIN, WITHOUT_NAME]) }.map(drop)
}
