//! The mount tree: `mount(2)`, `open_tree(2)`, `mount_setattr(2)`, `statvfs(3)`.
//!
//! nix lacks `open_tree`, `move_mount`, `mount_setattr` and `statx`: those are raw calls.

use std::ffi::{CStr, c_ulong};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use nix::libc;
use nix::mount::MsFlags;

use super::Errno;
use super::errno::check;
use super::syscall::{syscall, syscall_for_fd};

/// Flags of a new mount.
pub(crate) mod flags {
    pub(crate) use nix::libc::{
        MS_NODEV as NODEV, MS_NOEXEC as NOEXEC, MS_NOSUID as NOSUID, MS_RDONLY as RDONLY,
    };
}

/// Mounts a new file system of this type at `target`.
pub(crate) fn new_file_system(
    kind: &CStr,
    target: &CStr,
    flags: c_ulong,
    data: Option<&CStr>,
) -> Result<(), Errno> {
    let flags = MsFlags::from_bits_retain(flags);
    nix::mount::mount(Some(kind), target, Some(kind), flags, data).map_err(Errno::from_nix)
}

/// Copies the tree at `source`, with all mounts that are below it now, without attaching the copy:
/// `open_tree(2)`.
pub(crate) fn copy_tree(source: &CStr) -> Result<OwnedFd, Errno> {
    let flags =
        libc::OPEN_TREE_CLONE | libc::OPEN_TREE_CLOEXEC | libc::AT_RECURSIVE as libc::c_uint;
    let arguments = [HERE, source.as_ptr() as usize, flags as usize];
    // SAFETY: the path is a C string, and the call returns a new descriptor.
    unsafe { syscall_for_fd(libc::SYS_open_tree, arguments) }
}

/// Attaches a copied tree at `target`: `move_mount(2)`.
pub(crate) fn attach(tree: BorrowedFd<'_>, target: &CStr) -> Result<(), Errno> {
    let arguments = [
        tree.as_raw_fd() as usize,
        c"".as_ptr() as usize,
        HERE,
        target.as_ptr() as usize,
        libc::MOVE_MOUNT_F_EMPTY_PATH as usize,
    ];
    // SAFETY: both paths are C strings. The flag makes the kernel use the descriptor instead of the
    // empty first path.
    unsafe { syscall(libc::SYS_move_mount, arguments) }.map(drop)
}

/// Binds the tree at `source` to `target`, with all mounts below it.
pub(crate) fn bind(source: &CStr, target: &CStr) -> Result<(), Errno> {
    change(Some(source), target, MsFlags::MS_BIND | MsFlags::MS_REC)
}

/// Separates the tree at `target` from its peers, both ways or (`slave`) only outwards.
pub(crate) fn set_propagation(target: &CStr, slave: bool) -> Result<(), Errno> {
    let kind = if slave {
        MsFlags::MS_SLAVE
    } else {
        MsFlags::MS_PRIVATE
    };
    change(None, target, MsFlags::MS_REC | kind)
}

/// Makes the mount at `target` read-only, recursively if `recursive`.
///
/// `mount_setattr(2)` (5.12) changes only this bit. If it is missing or filtered, a remount must
/// repeat the bits that an unprivileged mount namespace may not clear. A remount affects only one
/// mount, so `recursive` then fails with ENOSYS.
pub(crate) fn make_read_only(target: &CStr, recursive: bool) -> Result<(), Errno> {
    match change_read_only(target, true, recursive) {
        Err(Errno::NOSYS | Errno::PERM) if !recursive => remount_read_only(target),
        other => other,
    }
}

/// Makes this one mount read-only by a remount, as before 5.12.
pub(crate) fn remount_read_only(target: &CStr) -> Result<(), Errno> {
    remount(target, MsFlags::MS_RDONLY)
}

/// Makes this one mount writable again. EPERM: it was already read-only when the mount namespace
/// was made.
pub(crate) fn make_writable(target: &CStr) -> Result<(), Errno> {
    match change_read_only(target, false, false) {
        Err(Errno::NOSYS) => remount(target, MsFlags::empty()),
        other => other,
    }
}

fn remount(target: &CStr, flags: MsFlags) -> Result<(), Errno> {
    let kept = locked_flags(target)?;
    change(
        None,
        target,
        MsFlags::MS_REMOUNT | MsFlags::MS_BIND | flags | kept,
    )
}

/// Returns the id, in `proc_pid_mountinfo(5)`, of the mount that the path leads to: `statx(2)`.
/// `None`: the kernel is older than 5.8.
pub(crate) fn id_of(path: &CStr) -> Result<Option<u32>, Errno> {
    /// `STATX_MNT_ID` of `linux/stat.h`.
    const ID: u32 = 0x1000;
    /// `struct statx` has 256 bytes. `stx_mask` is its first word. `stx_mnt_id` has eight bytes at
    /// offset 0x90; this is the low half.
    const PLACE: usize = 0x90 / size_of::<u32>() + cfg!(target_endian = "big") as usize;
    let mut answer = [0_u32; 64];
    let flags = libc::AT_NO_AUTOMOUNT | libc::AT_SYMLINK_NOFOLLOW;
    let arguments = [
        HERE,
        path.as_ptr() as usize,
        flags as usize,
        ID as usize,
        (&raw mut answer) as usize,
    ];
    // SAFETY: the path is a C string, and there is room for the whole structure.
    unsafe { syscall(libc::SYS_statx, arguments) }?;
    Ok((answer[0] & ID != 0).then_some(answer[PLACE]))
}

/// The working directory, in place of a directory's descriptor.
const HERE: usize = libc::AT_FDCWD as usize;

fn change(source: Option<&CStr>, target: &CStr, flags: MsFlags) -> Result<(), Errno> {
    let none = None::<&CStr>;
    nix::mount::mount(source, target, none, flags, none).map_err(Errno::from_nix)
}

fn change_read_only(target: &CStr, read_only: bool, recursive: bool) -> Result<(), Errno> {
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
        attr_set: if read_only { MOUNT_ATTR_RDONLY } else { 0 },
        attr_clr: if read_only { 0 } else { MOUNT_ATTR_RDONLY },
        propagation: 0,
        userns_fd: 0,
    };
    let arguments = [
        HERE,
        target.as_ptr() as usize,
        if recursive {
            libc::AT_RECURSIVE as usize
        } else {
            0
        },
        &raw const attributes as usize,
        size_of::<MountAttr>(),
    ];
    // SAFETY: the path is a C string; the structure is its first version in the kernel, and the
    // size matches.
    unsafe { syscall(libc::SYS_mount_setattr, arguments) }.map(drop)
}

/// Returns the locked flags. nix's `statvfs` lacks `ST_RELATIME` on musl, so the remount would
/// clear a locked flag (EPERM).
fn locked_flags(target: &CStr) -> Result<MsFlags, Errno> {
    /// musl's headers, and so libc's bindings, lack it.
    const RELATIME: c_ulong = 0x1000;
    let mut facts = MaybeUninit::uninit();
    // SAFETY: the path is a C string, the structure outlives the call.
    check(unsafe { libc::statvfs(target.as_ptr(), facts.as_mut_ptr()) })?;
    // SAFETY: the call has initialized it.
    let shown = unsafe { facts.assume_init() }.f_flag;
    // Some MS_ flags differ in number from their ST_ counterpart: those for access times.
    Ok([
        (libc::ST_NOSUID, MsFlags::MS_NOSUID),
        (libc::ST_NODEV, MsFlags::MS_NODEV),
        (libc::ST_NOEXEC, MsFlags::MS_NOEXEC),
        (libc::ST_NOATIME, MsFlags::MS_NOATIME),
        (libc::ST_NODIRATIME, MsFlags::MS_NODIRATIME),
        (RELATIME, MsFlags::MS_RELATIME),
    ]
    .into_iter()
    .filter(|(flag, _)| shown & flag != 0)
    .map(|(_, flag)| flag)
    .collect())
}
