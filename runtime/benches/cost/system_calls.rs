//! The system calls that set namespaces up for the floor.

#![expect(
    unsafe_code,
    reason = "the raw calls, without the library that is compared with them"
)]

use std::ffi::{CStr, c_char, c_int, c_uint, c_ulong};
use std::mem;
use std::ptr;

/// A failed call. The bench does not need its name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refused;

pub(crate) fn done(result: c_int) -> Result<(), Refused> {
    if result == -1 { Err(Refused) } else { Ok(()) }
}

pub(crate) fn write(path: &CStr, content: &CStr) -> Result<(), Refused> {
    // SAFETY: the path is a C string; without O_CREAT there is no third argument.
    let file = unsafe { libc::open(path.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC) };
    done(file)?;
    let bytes = content.to_bytes();
    // SAFETY: the buffer has the stated length.
    let written = unsafe { libc::write(file, bytes.as_ptr().cast(), bytes.len()) };
    close(file);
    if written == -1 { Err(Refused) } else { Ok(()) }
}

pub(crate) fn close(file: c_int) {
    // SAFETY: takes no pointers; the callers have just opened it.
    unsafe { libc::close(file) };
}

pub(crate) fn mount(
    kind: &CStr,
    target: &CStr,
    flags: c_ulong,
    data: &CStr,
) -> Result<(), Refused> {
    let (kind, target, data) = (kind.as_ptr(), target.as_ptr(), data.as_ptr());
    // SAFETY: all are C strings.
    done(unsafe { libc::mount(kind, target, kind, flags, data.cast()) })
}

pub(crate) fn change(target: &CStr, flags: c_ulong) -> Result<(), Refused> {
    let target = target.as_ptr();
    // SAFETY: a C string, and nulls for the arguments that the flags make unused.
    done(unsafe { libc::mount(ptr::null(), target, ptr::null(), flags, ptr::null()) })
}

/// Returns a copy of the mounts at the path, or -1 if the kernel refuses it.
pub(crate) fn copy(path: &CStr) -> c_int {
    let recursive = libc::AT_RECURSIVE.unsigned_abs();
    let flags: c_uint = libc::OPEN_TREE_CLONE | libc::OPEN_TREE_CLOEXEC | recursive;
    // SAFETY: the path is a C string.
    let tree = unsafe { libc::syscall(libc::SYS_open_tree, libc::AT_FDCWD, path.as_ptr(), flags) };
    c_int::try_from(tree).unwrap_or(-1)
}

pub(crate) fn attach(tree: c_int, target: &CStr) {
    if tree == -1 {
        return;
    }
    let flags = libc::MOVE_MOUNT_F_EMPTY_PATH;
    let (here, target) = (c"".as_ptr(), target.as_ptr());
    // SAFETY: both paths are C strings; the flag makes the first one mean the descriptor itself.
    unsafe {
        libc::syscall(
            libc::SYS_move_mount,
            tree,
            here,
            libc::AT_FDCWD,
            target,
            flags,
        )
    };
    close(tree);
}

pub(crate) fn loopback_up() -> Result<(), Refused> {
    // SAFETY: takes no pointers.
    let socket = unsafe { libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0) };
    done(socket)?;
    // SAFETY: all fields of the structure are integers or arrays of them, for which zero is a
    // value.
    let mut request: libc::ifreq = unsafe { mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(c"lo".to_bytes()) {
        *to = c_char::from_ne_bytes([*from]);
    }
    let up = libc::IFF_UP | libc::IFF_RUNNING;
    request.ifr_ifru.ifru_flags = up.try_into().unwrap_or_default();
    // SAFETY: the request holds a name and the flags to set, as SIOCSIFFLAGS requires.
    let set = unsafe { libc::ioctl(socket, libc::SIOCSIFFLAGS, &raw const request) };
    close(socket);
    done(set)
}
