//! The tables of `/proc/PID/net`, `proc_pid_net(5)`: which sockets listen, and which process owns
//! them.

use std::fs;
use std::path::{Path, PathBuf};

use super::process_tree;
use crate::sys::process::Pid;

/// The owner of a matching socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A process of the service has it open.
    Own,
    /// Only processes outside the service have it open. Contains the socket's inode.
    Foreign(u64),
    Nothing,
}

/// A matching line of a table.
struct Match {
    inode: u64,
}

/// The processes of a service at one moment.
pub(super) struct Processes {
    supervisor: Pid,
    pids: Vec<Pid>,
}

impl Processes {
    pub(super) fn of(supervisor: Pid) -> Self {
        Self {
            supervisor,
            pids: process_tree::descendants(supervisor),
        }
    }

    /// Returns the owner of a listening TCP socket. `LISTEN` is 0A in include/net/tcp_states.h; 07
    /// (`CLOSE`) is a UDP socket that is bound and not connected.
    pub(super) fn tcp(&self, port: u16) -> Found {
        self.look(&["tcp", "tcp6"], |line| internet(line, port, "0A"))
    }

    pub(super) fn udp(&self, port: u16) -> Found {
        self.look(&["udp", "udp6"], |line| internet(line, port, "07"))
    }

    pub(super) fn unix(&self, path: &Path) -> Found {
        let bases: Vec<PathBuf> = self
            .pids
            .iter()
            .filter_map(|pid| fs::read_link(format!("/proc/{pid}/cwd")).ok())
            .collect();
        self.look(&["unix"], |line| unix(line, path, &bases))
    }

    fn look(&self, tables: &[&str], matches: impl Fn(&str) -> Option<Match>) -> Found {
        let mut found = Vec::new();
        for directory in process_tree::net_directories(self.supervisor, &self.pids) {
            for table in tables {
                let text = fs::read(directory.join(table)).unwrap_or_default();
                let text = String::from_utf8_lossy(&text);
                found.extend(text.lines().skip(1).filter_map(&matches));
            }
        }
        self.owner(&found)
    }

    fn owner(&self, found: &[Match]) -> Found {
        let Some(first) = found.first() else {
            return Found::Nothing;
        };
        let readable: Vec<Vec<u64>> = self
            .pids
            .iter()
            .filter_map(|pid| process_tree::sockets(*pid))
            .collect();
        let own = |wanted: &Match| readable.iter().any(|inodes| inodes.contains(&wanted.inode));
        if found.iter().any(own) {
            return Found::Own;
        }
        // If some descriptors of the service can't be read, the port alone decides.
        let unknown = readable.len() < self.pids.len();
        let nothing_known = self.pids.is_empty();
        if nothing_known || unknown && self.foreign_owner(first.inode).is_none() {
            return Found::Own;
        }
        Found::Foreign(first.inode)
    }

    /// Returns a process outside the service that has this socket open, if one is visible.
    pub(super) fn foreign_owner(&self, inode: u64) -> Option<Pid> {
        process_tree::foreign_owner(inode, &self.pids)
    }
}

/// Parses a line of `tcp`, `tcp6`, `udp` or `udp6`: number, local address, remote address, state,
/// ..., inode.
fn internet(line: &str, port: u16, state: &str) -> Option<Match> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (_, local) = fields.get(1)?.rsplit_once(':')?;
    let is_it = u16::from_str_radix(local, 16) == Ok(port) && *fields.get(3)? == state;
    let inode = fields.get(9)?.parse().ok()?;
    is_it.then_some(Match { inode })
}

/// Parses a line of `unix`: address, references, protocol, flags, type, state, inode, path.
fn unix(line: &str, wanted: &Path, bases: &[PathBuf]) -> Option<Match> {
    /// `__SO_ACCEPTCON` of include/uapi/linux/net.h.
    const LISTENS: u32 = 1 << 16;
    const DATAGRAM: &str = "0002";
    let fields: Vec<&str> = line.splitn(8, ' ').collect();
    let (flags, kind) = (
        u32::from_str_radix(fields.get(3)?, 16).ok()?,
        *fields.get(4)?,
    );
    let (inode, path) = fields
        .get(6..)?
        .join(" ")
        .trim_start()
        .split_once(' ')
        .map(|(inode, path)| (inode.parse().ok(), PathBuf::from(path)))?;
    let open = flags & LISTENS != 0 || kind == DATAGRAM;
    (open && is_same(&path, wanted, bases)).then_some(Match { inode: inode? })
}

/// Returns whether a bound path is the wanted one: as written, or through another path to the same
/// directory. A relative path starts where its process was.
fn is_same(bound: &Path, wanted: &Path, bases: &[PathBuf]) -> bool {
    if bound == wanted {
        return true;
    }
    if bound.file_name() != wanted.file_name() || bound.to_string_lossy().starts_with('@') {
        return false;
    }
    let directory = |path: &Path| fs::canonicalize(path.parent()?).ok();
    let wanted = directory(wanted);
    wanted.is_some()
        && if bound.is_absolute() {
            directory(bound) == wanted
        } else {
            bases
                .iter()
                .any(|base| directory(&base.join(bound)) == wanted)
        }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{internet, unix};

    #[test]
    fn only_listening_sockets_count() {
        let listens = "   0: 00000000:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0000000000000000 100 0 0 10 0";
        assert_eq!(
            internet(listens, 5432, "0A").map(|found| found.inode),
            Some(4711)
        );
        assert!(internet(listens, 5433, "0A").is_none());
        let client = "   1: 0100007F:1538 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0000000000000000 20 4 30 10 -1";
        assert!(internet(client, 5432, "0A").is_none());
        let six = "   0: 00000000000000000000000001000000:0035 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4713 2 0000000000000000 0";
        assert_eq!(internet(six, 53, "07").map(|found| found.inode), Some(4713));
        assert!(internet("", 53, "07").is_none());
    }

    #[test]
    fn unix_paths_may_hold_spaces() {
        let listens = "ffff8881: 00000002 00000000 00010000 0001 01 4714 /run/a server/s.sock";
        let found = unix(listens, Path::new("/run/a server/s.sock"), &[]);
        assert_eq!(found.map(|found| found.inode), Some(4714));
        let client = "ffff8881: 00000003 00000000 00000000 0001 03 4715 /run/s.sock";
        assert!(unix(client, Path::new("/run/s.sock"), &[]).is_none());
        let unnamed = "ffff8881: 00000003 00000000 00000000 0001 03 4715";
        assert!(unix(unnamed, Path::new("/run/s.sock"), &[]).is_none());
        let name = "ffff8881: 00000002 00000000 00010000 0001 01 4716 @name";
        assert!(unix(name, Path::new("@name"), &[]).is_some());
    }

    #[test]
    fn the_same_directory_by_another_way() {
        let listens = "ffff8881: 00000002 00000000 00010000 0001 01 4714 /usr/../tmp/s.sock";
        assert!(unix(listens, Path::new("/tmp/s.sock"), &[]).is_some());
        let relative = "ffff8881: 00000002 00000000 00010000 0001 01 4714 s.sock";
        assert!(unix(relative, Path::new("/tmp/s.sock"), &["/tmp".into()]).is_some());
        assert!(unix(relative, Path::new("/tmp/s.sock"), &["/usr".into()]).is_none());
    }
}
