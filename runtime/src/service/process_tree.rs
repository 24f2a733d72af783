//! The processes of a service, as /proc shows them: `proc(5)`.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::Shown;
use crate::outcome::processes;
use crate::sys::process::{self, Pid};

/// Returns whether /proc shows this process's pid namespace. It may show another one (`pid(proc =
/// false)`), or be missing.
pub(super) fn proc_is_ours() -> bool {
    fs::read_link("/proc/self")
        .is_ok_and(|link| link.to_str() == Some(&process::getpid().to_string()))
}

/// Returns all descendants of the supervisor.
pub(super) fn descendants(supervisor: Pid) -> Vec<Pid> {
    let mut all = Vec::new();
    if proc_is_ours() {
        collect(supervisor, &mut all);
    }
    all
}

fn collect(parent: Pid, into: &mut Vec<Pid>) {
    for child in processes::children(parent.unsigned_abs()) {
        let child = Pid::try_from(child).unwrap_or_default();
        into.push(child);
        collect(child, into);
    }
}

/// Returns the inodes of the sockets that a process has open. `None`: they can't be read.
pub(super) fn sockets(pid: Pid) -> Option<Vec<u64>> {
    let entries = fs::read_dir(format!("/proc/{pid}/fd")).ok()?;
    let mut inodes = Vec::new();
    for entry in entries.flatten() {
        if let Ok(link) = fs::read_link(entry.path()) {
            inodes.extend(socket_inode(&link));
        }
    }
    Some(inodes)
}

/// Returns the inode of a descriptor's link, if it is that of a socket.
fn socket_inode(link: &Path) -> Option<u64> {
    let inode = link.to_str()?.strip_prefix("socket:[")?;
    inode.strip_suffix(']')?.parse().ok()
}

/// Returns a process outside `inside` that has this socket open, if one is visible.
pub(super) fn foreign_owner(inode: u64, inside: &[Pid]) -> Option<Pid> {
    let entries = fs::read_dir("/proc").ok()?;
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| !inside.contains(pid))
        .find(|pid| sockets(*pid).is_some_and(|inodes| inodes.contains(&inode)))
}

/// Returns the name of a process, or `?`.
pub(super) fn name(pid: Pid) -> String {
    let name = fs::read(format!("/proc/{pid}/comm"));
    name.map_or_else(
        |_| "?".to_owned(),
        |name| Shown::new(OsStr::from_bytes(name.trim_ascii_end())).to_string(),
    )
}

/// Returns the letter of its state: `proc_pid_stat(5)`. `None`: it has ended.
pub(super) fn state(pid: Pid) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The fields follow the name, which is in brackets and may contain brackets.
    stat[stat.rfind(')')? + 1..].trim_start().chars().next()
}

/// Returns the `net` directories to read for a service: one for each network namespace of its
/// processes.
pub(super) fn net_directories(supervisor: Pid, processes: &[Pid]) -> Vec<PathBuf> {
    if !proc_is_ours() {
        return vec!["/proc/thread-self/net".into()];
    }
    let (mut seen, mut directories) = (Vec::new(), Vec::new());
    for pid in std::iter::once(&supervisor).chain(processes) {
        let namespace = fs::metadata(format!("/proc/{pid}/ns/net")).ok();
        let namespace = namespace.map(|file| file.ino());
        if !seen.contains(&namespace) {
            seen.push(namespace);
            directories.push(PathBuf::from(format!("/proc/{pid}/net")));
        }
    }
    directories
}
