//! The extra mounts in a sandbox of real root. The host's own settings are read-only, except those
//! of the test's namespaces.

#![expect(
    unsafe_code,
    reason = "the raw calls, without the library that is compared with them"
)]

use std::ffi::CStr;
use std::fs;
use std::ptr;

use crate::system_calls::{Refused, attach, copy, done, mount};

/// Returns whether uid 0 here is the host's uid 0.
pub(crate) fn is_wanted() -> bool {
    let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    // SAFETY: takes no pointers.
    let uid = unsafe { libc::geteuid() };
    uid == 0 && map.split_ascii_whitespace().take(2).all(|id| id == "0")
}

const OF_THE_HOST: [&CStr; 7] = [
    c"/proc/sys",
    c"/proc/sysrq-trigger",
    c"/proc/irq",
    c"/proc/bus",
    c"/proc/acpi",
    c"/proc/scsi",
    c"/sys",
];

pub(crate) fn put_up(net: bool) -> Result<(), Refused> {
    let [visible, proc, sys] = [c"/proc", c"/proc", c"/sys"].map(copy);
    mount(c"tmpfs", c"/proc", libc::MS_NOSUID, c"size=4k,mode=755")?;
    for (tree, place) in [(proc, c"/proc/proc"), (sys, c"/proc/sys")] {
        // SAFETY: the path is a C string.
        done(unsafe { libc::mkdir(place.as_ptr(), 0o755) })?;
        attach(tree, place);
    }
    attach(visible, c"/proc");
    let here = OF_THE_HOST.map(bind_onto_itself);
    let _ = bind_onto_itself(c"/proc/sys/user");
    if net {
        let _ = bind_onto_itself(c"/proc/sys/net");
        let _ = bind_onto_itself(c"/sys/devices/virtual/net");
    }
    for (path, _) in OF_THE_HOST.iter().zip(here).filter(|(_, here)| *here) {
        make_read_only(path, 0)?;
    }
    if bind_onto_itself(c"/sys/fs/cgroup") {
        make_read_only(c"/sys/fs/cgroup", libc::AT_RECURSIVE.unsigned_abs())?;
    }
    Ok(())
}

fn bind_onto_itself(path: &CStr) -> bool {
    let (path, none) = (path.as_ptr(), ptr::null());
    // SAFETY: two C strings, and nulls for the arguments that the flag makes unused.
    unsafe { libc::mount(path, path, none, libc::MS_BIND, none.cast()) == 0 }
}

fn make_read_only(path: &CStr, flags: u32) -> Result<(), Refused> {
    let read_only = [libc::MOUNT_ATTR_RDONLY, 0, 0, 0];
    // SAFETY: a C string and a structure of four 64-bit words.
    let set = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            path.as_ptr(),
            flags,
            read_only.as_ptr(),
            size_of_val(&read_only),
        )
    };
    if set == -1 { Err(Refused) } else { Ok(()) }
}
