//! What ns-test sets up in new namespaces, as bare system calls.

#![expect(
    unsafe_code,
    reason = "the raw calls, without the library that is compared with them"
)]

use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_ulong};
use std::fs;
use std::io;
use std::mem;
use std::os::unix::fs::MetadataExt as _;
use std::ptr;

use crate::fence;

/// The namespaces of a set, and their set-up.
#[derive(Debug)]
pub(crate) struct SetUp {
    pub(crate) flags: u64,
    time: bool,
    fence: bool,
    uids: CString,
    gids: CString,
}

/// A failed call. The bench does not need to know which.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refused;

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
        write(c"/proc/self/setgroups", c"deny")?;
        write(c"/proc/self/uid_map", &self.uids)?;
        write(c"/proc/self/gid_map", &self.gids)?;
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

pub(crate) fn done(result: c_int) -> Result<(), Refused> {
    if result == -1 { Err(Refused) } else { Ok(()) }
}

fn write(path: &CStr, content: &CStr) -> Result<(), Refused> {
    // SAFETY: the path is a C string; without O_CREAT there is no third argument.
    let file = unsafe { libc::open(path.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC) };
    done(file)?;
    let bytes = content.to_bytes();
    // SAFETY: the buffer has the stated length.
    let written = unsafe { libc::write(file, bytes.as_ptr().cast(), bytes.len()) };
    close(file);
    if written == -1 { Err(Refused) } else { Ok(()) }
}

fn close(file: c_int) {
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

fn change(target: &CStr, flags: c_ulong) -> Result<(), Refused> {
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

fn loopback_up() -> Result<(), Refused> {
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
