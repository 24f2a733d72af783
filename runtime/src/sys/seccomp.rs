//! Whether a filter (`seccomp(2)`) answers in the kernel's place.

use std::ffi::c_int;

use nix::libc;
use nix::sched::{self, CloneFlags};

use super::Errno;
use super::syscall::syscall;

/// What a filter says to `unshare(2)` with these flags. `None`: the kernel itself has answered.
///
/// One more flag is set, which no `unshare` takes: the kernel answers EINVAL before it looks at anything else, so that any
/// other errno comes from a filter. For a child: should a kernel take the flag after all, the caller has moved.
pub(crate) fn answer_to_unshare(flags: u64) -> Option<Errno> {
    let flags = CloneFlags::from_bits_retain(flags as c_int | libc::CLONE_PTRACE);
    match sched::unshare(flags).map_err(Errno::from_nix) {
        Ok(()) | Err(Errno::INVAL) => None,
        Err(errno) => Some(errno),
    }
}

/// Whether `clone3(2)` is there: without arguments the answer is EINVAL, and ENOSYS if it is not.
pub(crate) fn has_clone3() -> bool {
    // SAFETY: a size of 0 is refused before the pointer is looked at.
    let answer = unsafe { syscall(libc::SYS_clone3, [0, 0]) };
    answer != Err(Errno::NOSYS)
}

/// Whether `mount_setattr(2)` is there, in the same way.
pub(crate) fn has_mount_setattr() -> bool {
    let nowhere = -1_isize as usize;
    // SAFETY: a size of 0 is refused before the pointers are looked at.
    let answer = unsafe { syscall(libc::SYS_mount_setattr, [nowhere, 0, 0, 0, 0]) };
    answer != Err(Errno::NOSYS)
}
