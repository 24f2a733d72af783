//! A complete /proc and /sys that no path leads to, so that namespaces nest in a test of real root.

use std::os::fd::AsFd;

use crate::error::{At, Call, Failure, Step};
use crate::sandbox::file;
use crate::sys::mount;
use crate::sys::mount::flags;

/// Keeps a complete /proc and /sys in the mount namespace, where no path leads: below a tmpfs that
/// the visible /proc covers.
///
/// The kernel lets a user namespace mount a new /proc or /sys only where it already has a complete
/// one (`mount_too_revealing` in fs/namespace.c). The visible ones do not count once parts of them
/// are read-only, so namespaces could not nest.
pub(super) fn keep() -> Result<(), Failure<'static>> {
    let copies = [c"/proc", c"/proc", c"/sys"].map(mount::copy_tree);
    // Before 5.2, without a /sys, or with a /proc that is not a proc: nesting is then as on the
    // host.
    let [Ok(visible), Ok(proc), Ok(sys)] = copies else {
        return Ok(());
    };
    let mounted =
        mount::new_file_system(c"tmpfs", c"/proc", flags::NOSUID, Some(c"size=4k,mode=755"));
    mounted.at(Step::ProtectHost, Call::Mount)?;
    for (tree, place) in [(&proc, c"/proc/proc"), (&sys, c"/proc/sys")] {
        file::make_directory(place, 0o755).at(Step::ProtectHost, Call::Mkdir)?;
        mount::attach(tree.as_fd(), place).at(Step::ProtectHost, Call::MoveMount)?;
    }
    mount::attach(visible.as_fd(), c"/proc").at(Step::ProtectHost, Call::MoveMount)
}
