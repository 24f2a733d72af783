//! Detection of a filter (`seccomp(2)`) that answers in the kernel's place.

use std::ffi::{c_int, c_long};

use nix::libc;
use nix::sched::{self, CloneFlags};

use super::Errno;
use super::syscall::syscall;

/// Returns a filter's answer to `unshare(2)` with these flags. `None`: the kernel itself has
/// answered.
///
/// It sets one more flag, which no `unshare` accepts. The kernel answers EINVAL before any other
/// check, so any other errno comes from a filter. Call it in a child: if a kernel accepts the flag
/// after all, the caller has moved.
pub(crate) fn answer_to_unshare(flags: u64) -> Option<Errno> {
    let flags = CloneFlags::from_bits_retain(flags as c_int | libc::CLONE_PTRACE);
    match sched::unshare(flags).map_err(Errno::from_nix) {
        Ok(()) | Err(Errno::INVAL) => None,
        Err(errno) => Some(errno),
    }
}

/// Returns whether `clone3(2)` exists: it answers EINVAL to a size of 0, and ENOSYS if it does not
/// exist.
pub(crate) fn has_clone3() -> bool {
    refuses_size_0(libc::SYS_clone3)
}

/// Returns whether `mount_setattr(2)` exists, by the same test.
pub(crate) fn has_mount_setattr() -> bool {
    refuses_size_0(libc::SYS_mount_setattr)
}

/// Returns whether one of the two calls above exists. nix has neither.
fn refuses_size_0(number: c_long) -> bool {
    // SAFETY: both calls refuse a size of 0 before they read a pointer.
    unsafe { syscall(number, [0; 5]) != Err(Errno::NOSYS) }
}
