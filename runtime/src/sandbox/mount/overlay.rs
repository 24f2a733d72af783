//! Overlays: writable directories whose changes go to the scratch space; overlayfs.rst of the
//! kernel's documentation.
//!
//! Descriptors name the layers: later mounts may hide their paths, and descriptors need no
//! escaping.

use std::ffi::CStr;
use std::os::fd::{AsRawFd, OwnedFd};

use nix::fcntl::AT_FDCWD;
use nix::sys::stat::{FchmodatFlags, Mode, fchmodat};

use crate::sandbox::file;
use crate::sys::{Errno, Text, mount};

use super::fd_path::FdPath;

/// The maximum number of lower layers in one overlay. The kernel accepts one page of options, and
/// each layer needs about 19 bytes.
pub(super) const MOST_LOWER: usize = 150;

/// The options of an overlay, other than its layers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options {
    /// The overlay marks removals in attributes that an unprivileged mount may write
    /// (`user.overlay.*`). Without them a user namespace cannot remove directories of a lower layer
    /// (EIO).
    pub(super) user_xattr: bool,
    /// The kernel never flushes the changes to disk, so `fsync(2)` costs nothing (5.10).
    pub(super) volatile: bool,
}

/// Mounts an overlay at `target`.
pub(super) fn mount<'l>(
    target: &CStr,
    lower: impl Iterator<Item = &'l OwnedFd> + Clone,
    [upper, work]: [&OwnedFd; 2],
    options: Options,
) -> Result<(), Errno> {
    if let Some(topmost) = lower.clone().next() {
        take_attributes(topmost, upper)?;
    }
    let mut layers = Text::<4096>::new();
    layers.push(b"lowerdir");
    for (number, layer) in lower.enumerate() {
        layers.push(if number == 0 { b"=" } else { b":" });
        layers.push(FdPath::new(layer.as_raw_fd()).as_c_str().to_bytes());
    }
    for (key, layer) in [(",upperdir=", upper), (",workdir=", work)] {
        layers.push(key.as_bytes());
        layers.push(FdPath::new(layer.as_raw_fd()).as_c_str().to_bytes());
    }
    let mount = |user_xattr: bool, volatile: bool| {
        let mut options = layers;
        options.push(if volatile { b",volatile" } else { b"" });
        options.push(if user_xattr { b",userxattr" } else { b"" });
        mount::new_file_system(c"overlay", target, 0, Some(options.as_c_str()))
    };
    let Options {
        user_xattr,
        volatile,
    } = options;
    // Kernels before 5.11 do not know `userxattr`. Those of Debian and Ubuntu that mount overlays
    // in user namespaces work without it.
    match mount(user_xattr, volatile) {
        Err(Errno::INVAL) if volatile => mount(user_xattr, false),
        mounted => mounted,
    }
    .or_else(|errno| match errno {
        Errno::INVAL if user_xattr => mount(false, false),
        errno => Err(errno),
    })
}

/// Copies mode and owner to the upper directory, which is the root of the overlay. An owner without
/// an id in this user namespace cannot be copied.
fn take_attributes(from: &OwnedFd, to: &OwnedFd) -> Result<(), Errno> {
    let attributes = file::attributes(from)?;
    let to = FdPath::new(to.as_raw_fd());
    // EINVAL: the owner has no id here and appears as the overflow uid. Set the mode last, because
    // chown clears bits of it.
    let _ = file::set_owner(to.as_c_str(), attributes.uid, attributes.gid);
    let mode = Mode::from_bits_truncate(attributes.mode);
    let changed = fchmodat(AT_FDCWD, to.as_c_str(), mode, FchmodatFlags::FollowSymlink);
    changed.map_err(Errno::from_nix)
}
