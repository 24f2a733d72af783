//! The mount tree: `mount(2)`, `umount(2)`, `pivot_root(2)`, `mount_setattr(2)`, `statvfs(3)`.

use std::ffi::{CStr, c_int, c_ulong};
use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr;

use nix::libc;

use super::Errno;
use super::errno::{check, check_long};

/// Flags of a new mount.
pub(crate) mod flags {
    pub(crate) use nix::libc::{
        MS_NODEV as NODEV, MS_NOEXEC as NOEXEC, MS_NOSUID as NOSUID, MS_RDONLY as RDONLY,
    };
}

/// A new file system of this type at `target`.
pub(crate) fn new_file_system(
    kind: &CStr,
    target: &CStr,
    flags: c_ulong,
    data: Option<&CStr>,
) -> Result<(), Errno> {
    let data = data.map_or(ptr::null(), CStr::as_ptr);
    // SAFETY: all are C strings, or null where the call has no use for one.
    check(unsafe {
        libc::mount(
            kind.as_ptr(),
            target.as_ptr(),
            kind.as_ptr(),
            flags,
            data.cast(),
        )
    })
    .map(drop)
}

/// A copy of the tree at `source`, with all that is mounted below it now, and not yet anywhere: `open_tree(2)`.
pub(crate) fn copy_tree(source: &CStr) -> Result<OwnedFd, Errno> {
    let flags =
        libc::OPEN_TREE_CLONE | libc::OPEN_TREE_CLOEXEC | libc::AT_RECURSIVE as libc::c_uint;
    // SAFETY: the path is a C string.
    let tree =
        unsafe { libc::syscall(libc::SYS_open_tree, libc::AT_FDCWD, source.as_ptr(), flags) };
    // SAFETY: the kernel has just made this descriptor for us.
    check_long(tree as isize).map(|tree| unsafe { OwnedFd::from_raw_fd(tree as c_int) })
}

/// Puts a copied tree at `target`: `move_mount(2)`.
pub(crate) fn attach(tree: BorrowedFd<'_>, target: &CStr) -> Result<(), Errno> {
    let (fd, here, target) = (tree.as_raw_fd(), c"".as_ptr(), target.as_ptr());
    // SAFETY: both paths are C strings; the flag says that the first one is the descriptor itself.
    let moved = unsafe {
        libc::syscall(
            libc::SYS_move_mount,
            fd,
            here,
            libc::AT_FDCWD,
            target,
            libc::MOVE_MOUNT_F_EMPTY_PATH,
        )
    };
    check_long(moved as isize).map(drop)
}

/// Shows the tree at `source` at `target` too, with all that is mounted below it.
pub(crate) fn bind(source: &CStr, target: &CStr) -> Result<(), Errno> {
    change(Some(source), target, libc::MS_BIND | libc::MS_REC)
}

/// Cuts the tree at `target` off from its peers, both ways or (`slave`) only outwards.
pub(crate) fn set_propagation(target: &CStr, slave: bool) -> Result<(), Errno> {
    change(
        None,
        target,
        libc::MS_REC
            | if slave {
                libc::MS_SLAVE
            } else {
                libc::MS_PRIVATE
            },
    )
}

/// Makes the mount at `target` read-only, `recursive`ly where asked.
///
/// `mount_setattr(2)` (5.12) changes just this bit. Where it is missing or filtered the old way must repeat the bits that
/// an unprivileged mount namespace may not clear, and reaches one mount only: then `recursive` is refused with ENOSYS.
pub(crate) fn make_read_only(target: &CStr, recursive: bool) -> Result<(), Errno> {
    match set_read_only_attribute(target, recursive) {
        Err(Errno::NOSYS | Errno::PERM) if !recursive => remount_read_only(target),
        other => other,
    }
}

/// Makes this one mount read-only the way it was done before 5.12.
pub(crate) fn remount_read_only(target: &CStr) -> Result<(), Errno> {
    let kept = locked_flags(target)?;
    change(
        None,
        target,
        libc::MS_REMOUNT | libc::MS_BIND | libc::MS_RDONLY | kept,
    )
}

/// Takes the mount away from the tree at once, and ends it when its last user is gone.
pub(crate) fn detach(target: &CStr) -> Result<(), Errno> {
    // SAFETY: the path is a C string.
    check(unsafe { libc::umount2(target.as_ptr(), libc::MNT_DETACH) }).map(drop)
}

/// `pivot_root(".", ".")`: the working directory becomes `/`, with the old root mounted over it.
pub(crate) fn pivot_root_here() -> Result<(), Errno> {
    let here = c".".as_ptr();
    // SAFETY: both are C strings.
    check_long(unsafe { libc::syscall(libc::SYS_pivot_root, here, here) } as isize).map(drop)
}

fn change(source: Option<&CStr>, target: &CStr, flags: c_ulong) -> Result<(), Errno> {
    let source = source.map_or(ptr::null(), CStr::as_ptr);
    // SAFETY: C strings, or null where the flags say that the argument is not used.
    check(unsafe { libc::mount(source, target.as_ptr(), ptr::null(), flags, ptr::null()) })
        .map(drop)
}

fn set_read_only_attribute(target: &CStr, recursive: bool) -> Result<(), Errno> {
    /// `struct mount_attr` of `linux/mount.h`.
    #[repr(C)]
    struct MountAttr {
        attr_set: u64,
        attr_clr: u64,
        propagation: u64,
        userns_fd: u64,
    }
    const MOUNT_ATTR_RDONLY: u64 = 1;
    let attributes = MountAttr {
        attr_set: MOUNT_ATTR_RDONLY,
        attr_clr: 0,
        propagation: 0,
        userns_fd: 0,
    };
    let flags = if recursive { libc::AT_RECURSIVE } else { 0 };
    let size = size_of::<MountAttr>();
    // SAFETY: the path is a C string; the structure is the kernel's first version of it, as its size says.
    let set = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            target.as_ptr(),
            flags,
            &raw const attributes,
            size,
        )
    };
    check_long(set as isize).map(drop)
}

fn locked_flags(target: &CStr) -> Result<c_ulong, Errno> {
    /// musl's headers, and so libc's bindings, lack it.
    const RELATIME: c_ulong = 0x1000;
    // SAFETY: all fields of the structure are integers, for which zero is a value.
    let mut facts: libc::statvfs = unsafe { mem::zeroed() };
    // SAFETY: the path is a C string, the structure outlives the call.
    check(unsafe { libc::statvfs(target.as_ptr(), &raw mut facts) })?;
    // Not all MS_ flags have the number of their ST_ sibling: the access times differ.
    Ok([
        (libc::ST_NOSUID, libc::MS_NOSUID),
        (libc::ST_NODEV, libc::MS_NODEV),
        (libc::ST_NOEXEC, libc::MS_NOEXEC),
        (libc::ST_NOATIME, libc::MS_NOATIME),
        (libc::ST_NODIRATIME, libc::MS_NODIRATIME),
        (RELATIME, libc::MS_RELATIME),
    ]
    .iter()
    .filter(|(shown, _)| facts.f_flag & shown != 0)
    .fold(0, |flags, (_, flag)| flags | flag))
}
