//! Which limit of the machine a refused test has met: `namespaces(7)`, "the /proc/sys/user directory".

use std::fs;

use crate::channel::request_socket::SpawnError;
use crate::error::Errno;
use crate::sys::process;

/// The limits that concern the namespaces of a refused test, and their values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamespaceLimits(Vec<(String, u64)>);

impl NamespaceLimits {
    /// `None`: it was no limit that refused the test.
    pub(crate) fn of(spawn_error: SpawnError) -> Option<Self> {
        if spawn_error.errno != Errno::NOSPC {
            return None;
        }
        let asked = KINDS
            .iter()
            .filter(|(flag, _)| u64::from(spawn_error.namespaces) & flag != 0);
        let read = asked.filter_map(|(_, kind)| {
            let name = format!("user.max_{kind}_namespaces");
            let text = fs::read_to_string(format!("/proc/sys/user/max_{kind}_namespaces")).ok()?;
            Some((name, text.trim().parse().ok()?))
        });
        Some(Self(read.collect()))
    }

    /// Whether waiting is in vain: none of a kind may exist at all.
    pub(crate) fn forbid(&self) -> bool {
        self.0.iter().any(|(_, most)| *most == 0)
    }

    /// In words: the limit that is 0, else the smallest. (It may be an ancestor's, which can't be seen from here.)
    pub(crate) fn describe(&self) -> Option<String> {
        let (name, most) = self.0.iter().min_by_key(|(_, most)| *most)?;
        Some(format!("{name} is {most}"))
    }
}

const KINDS: [(u64, &str); 7] = [
    (process::NEWUSER, "user"),
    (process::NEWNS, "mnt"),
    (process::NEWPID, "pid"),
    (process::NEWNET, "net"),
    (process::NEWIPC, "ipc"),
    (process::NEWUTS, "uts"),
    (process::NEWCGROUP, "cgroup"),
];
