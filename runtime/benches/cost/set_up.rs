//! What ns-test sets up in new namespaces, as bare system calls.

#![expect(
    unsafe_code,
    reason = "the raw calls, without the library that is compared with them"
)]

use std::ffi::{CStr, CString, c_int};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;

use crate::attributes::{
    be_dumpable, change_directory, close_descriptors, join_session_keyring, lead_process_group,
    lead_session,
};
use crate::fence;
use crate::system_calls::{Refused, attach, change, copy, done, loopback_up, mount, write};

/// The namespaces of a set, and their set-up.
#[derive(Debug)]
pub(crate) struct SetUp {
    pub(crate) flags: u64,
    time: bool,
    fence: bool,
    uids: CString,
    gids: CString,
}

impl SetUp {
    pub(crate) fn new(set: &str) -> io::Result<Self> {
        let words = match set {
            "bare" | "all" => "user, net, mount, pid, ipc, uts, cgroup",
            other => other,
        };
        let caller = fs::metadata("/proc/self")?;
        let map = |id| CString::new(format!("0 {id} 1")).unwrap_or_default();
        Ok(Self {
            flags: words.split(", ").map(flag).fold(0, |all, flag| all | flag),
            time: set == "all",
            fence: fence::is_wanted(),
            uids: map(caller.uid()),
            gids: map(caller.gid()),
        })
    }

    /// Runs in the first process of the namespaces.
    pub(crate) fn enter(&self) -> Result<(), Refused> {
        lead_session()?;
        write(c"/proc/self/setgroups", c"deny")?;
        write(c"/proc/self/uid_map", &self.uids)?;
        write(c"/proc/self/gid_map", &self.gids)?;
        join_session_keyring();
        if self.time {
            // SAFETY: takes no pointers.
            done(unsafe { libc::unshare(libc::CLONE_NEWTIME) })?;
        }
        if self.has(libc::CLONE_NEWNS) {
            self.mount()?;
            if self.fence {
                fence::put_up(self.has(libc::CLONE_NEWNET))?;
            }
        }
        if self.has(libc::CLONE_NEWNET) {
            loopback_up()?;
            let _ = write(c"/proc/sys/net/ipv4/ip_unprivileged_port_start", c"0");
            let _ = write(c"/proc/sys/net/ipv4/ping_group_range", c"0 0");
        }
        Ok(())
    }

    /// Runs in the second process: what a test's own process has.
    pub(crate) fn enter_body(&self) -> Result<(), Refused> {
        lead_process_group()?;
        close_descriptors()?;
        let directory = if self.has(libc::CLONE_NEWNS) {
            c"/tmp"
        } else {
            c"/"
        };
        change_directory(directory)?;
        be_dumpable()
    }

    fn mount(&self) -> Result<(), Refused> {
        let harmless = libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC;
        let (net, cgroup) = (
            self.has(libc::CLONE_NEWNET),
            self.has(libc::CLONE_NEWCGROUP),
        );
        change(c"/", libc::MS_REC | libc::MS_PRIVATE)?;
        let cgroups = if net && !cgroup {
            copy(c"/sys/fs/cgroup")
        } else {
            -1
        };
        if self.has(libc::CLONE_NEWPID) {
            mount(c"proc", c"/proc", harmless, c"")?;
        }
        if net {
            let _ = mount(c"sysfs", c"/sys", harmless, c"");
        }
        mount(c"tmpfs", c"/tmp", 0, TMPFS)?;
        if self.has(libc::CLONE_NEWIPC) {
            let _ = mount(c"mqueue", c"/dev/mqueue", harmless, c"");
            let _ = mount(c"tmpfs", c"/dev/shm", 0, TMPFS);
        }
        if cgroup {
            let flags = harmless | libc::MS_RDONLY;
            let _ = mount(c"cgroup2", c"/sys/fs/cgroup", flags, c"");
        }
        attach(cgroups, c"/sys/fs/cgroup");
        Ok(())
    }

    fn has(&self, flag: c_int) -> bool {
        self.flags & u64::from(flag.unsigned_abs()) != 0
    }
}

const TMPFS: &CStr = c"size=1073741824,mode=1777";

fn flag(word: &str) -> u64 {
    let flag = match word {
        "user" => libc::CLONE_NEWUSER,
        "net" => libc::CLONE_NEWNET,
        "mount" => libc::CLONE_NEWNS,
        "pid" => libc::CLONE_NEWPID,
        "ipc" => libc::CLONE_NEWIPC,
        "uts" => libc::CLONE_NEWUTS,
        "cgroup" => libc::CLONE_NEWCGROUP,
        _ => 0,
    };
    flag.unsigned_abs().into()
}
