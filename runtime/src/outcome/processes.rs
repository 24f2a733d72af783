//! What the processes of a test are doing, read from /proc by the harness: for the report of a
//! timed-out test.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::error::Shown;
use crate::sys::{directory, procfs};

/// A process or thread, and its current activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Activity {
    /// Its command line, or the name of a thread.
    pub(crate) name: String,
    /// Its id inside the sandbox.
    pub(crate) id: String,
    /// The state letter of `proc_pid_stat(5)`.
    pub(crate) state: char,
    /// The kernel function in which it sleeps, if that is readable.
    pub(crate) waits_in: Option<String>,
    /// Its kernel stack, if that is readable: root only.
    pub(crate) stack: Vec<String>,
}

/// Returns all descendants of init (given by pid), the body first, with the threads of each
/// process.
pub(crate) fn activities(init: u32) -> Vec<Activity> {
    let forked = fs::read(format!("/proc/{init}/cmdline")).unwrap_or_default();
    let mut found = Vec::new();
    for child in children(init) {
        visit(child, &forked, &mut found);
    }
    found
}

/// Returns the directory of the process's threads.
fn tasks(pid: u32) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}/task"))
}

/// The maximum number of entries. A fork bomb has thousands, and a report needs no more than these.
const MOST: usize = 32;

fn visit(pid: u32, forked: &[u8], found: &mut Vec<Activity>) {
    let threads = directory::entries(&tasks(pid));
    let several = threads.len() > 1;
    for thread in threads {
        if found.len() < MOST {
            found.extend(activity(pid, forked, &thread.path(), several));
        }
    }
    for child in children(pid) {
        visit(child, forked, found);
    }
}

fn activity(pid: u32, forked: &[u8], task: &Path, several: bool) -> Option<Activity> {
    let read = |name: &str| procfs::read(task.join(name)).ok();
    let status = read("status")?;
    let field = |key: &str| procfs::field(&status, key);
    let thread = field("Name:")?.to_owned();
    let waits_in = read("wchan").filter(|function| !function.is_empty() && function != "0");
    let stack = read("stack").unwrap_or_default();
    let name = match command(pid, forked) {
        Some(command) if several => format!("{command}, thread {thread}"),
        Some(command) => command,
        None => thread,
    };
    Some(Activity {
        name,
        id: field("NSpid:")?.split_whitespace().last()?.to_owned(),
        state: field("State:")?.chars().next()?,
        waits_in,
        stack: stack
            .lines()
            .map(|line| line.trim_start_matches("[<0>] ").to_owned())
            .collect(),
    })
}

/// Returns the command line, unless it is still init's: then the process was forked and has
/// executed no program.
fn command(pid: u32, forked: &[u8]) -> Option<String> {
    let line = fs::read(format!("/proc/{pid}/cmdline"))
        .ok()
        .filter(|line| !line.is_empty() && line != forked)?;
    let mut words = Vec::new();
    for word in line.trim_ascii_end().split(|byte| *byte == 0) {
        words.push(Shown::new(OsStr::from_bytes(word)).to_string());
    }
    Some(words.join(" ").trim_end().to_owned())
}

/// Returns the children of all threads of a process.
pub(crate) fn children(pid: u32) -> Vec<u32> {
    let mut children = Vec::new();
    for task in directory::entries(&tasks(pid)) {
        if let Ok(list) = fs::read_to_string(task.path().join("children")) {
            children.extend(pids(&list));
        }
    }
    children
}

fn pids(list: &str) -> Vec<u32> {
    let mut pids = Vec::new();
    for pid in list.split_whitespace() {
        pids.extend(pid.parse::<u32>());
    }
    pids
}

#[cfg(test)]
mod tests {
    use super::children;

    #[test]
    fn children_are_found() {
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .expect("sleep(1) is there");
        let found = children(std::process::id());
        child.kill().expect("it is ours");
        child.wait().expect("it is ours");
        assert!(found.contains(&child.id()));
    }
}
