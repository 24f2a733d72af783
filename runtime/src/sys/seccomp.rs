//! Whether a filter (`seccomp(2)`) answers in the kernel's place.

use std::ptr;

use nix::libc;

use super::Errno;
use super::errno::{check, check_long};

/// What a filter says to `unshare(2)` with these flags. `None`: the kernel itself has answered.
///
/// One more flag is set, which no `unshare` takes: the kernel answers EINVAL before it looks at anything else, so that any
/// other errno comes from a filter. For a child: should a kernel take the flag after all, the caller has moved.
pub(crate) fn answer_to_unshare(flags: u64) -> Option<Errno> {
    let flags = flags as libc::c_int | libc::CLONE_PTRACE;
    // SAFETY: takes no pointers; namespaces are no part of Rust's memory.
    match check(unsafe { libc::unshare(flags) }) {
        Ok(_) | Err(Errno::INVAL) => None,
        Err(errno) => Some(errno),
    }
}

/// Whether `clone3(2)` is there: without arguments the answer is EINVAL, and ENOSYS if it is not.
pub(crate) fn has_clone3() -> bool {
    let none = ptr::null::<libc::clone_args>();
    // SAFETY: a size of 0 is refused before the pointer is looked at.
    let cloned = unsafe { libc::syscall(libc::SYS_clone3, none, 0) };
    check_long(cloned as isize) != Err(Errno::NOSYS)
}

/// Whether `mount_setattr(2)` is there, in the same way.
pub(crate) fn has_mount_setattr() -> bool {
    let none = ptr::null::<libc::c_char>();
    // SAFETY: a size of 0 is refused before the pointers are looked at.
    let set = unsafe { libc::syscall(libc::SYS_mount_setattr, -1, none, 0, none, 0) };
    check_long(set as isize) != Err(Errno::NOSYS)
}
