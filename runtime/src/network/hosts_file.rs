//! The names of all hosts in the test's /etc/hosts: `hosts(5)`.
//!
//! One file contains the names of all networks of the test. It is mounted once over /etc/hosts and
//! rewritten when a network is built or dropped.

use std::env;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::refused::Refused;
use super::topology::Topology;
use crate::body;

use crate::sys::{Errno, c_string, mount};

const PATH: &str = "/etc/hosts";

/// The names of one network, which are removed when this is dropped.
#[derive(Debug)]
pub(super) struct Names {
    network: u64,
    /// The process that has added them. Its forked children must not remove them.
    owner: u32,
}

/// The file, once it exists.
struct Hosts {
    file: File,
    /// The original content.
    rest: String,
    /// The lines of each network. A plan can be built more than once.
    networks: Vec<(u64, Vec<(String, String)>)>,
    next: u64,
}

/// Makes the names of all hosts resolve.
pub(super) fn add(topology: &Topology) -> Result<Names, Refused> {
    let mut hosts = lock();
    let hosts = match &mut *hosts {
        Some(hosts) => hosts,
        none => none.insert(mount_own()?),
    };
    let network = hosts.next;
    hosts.next += 1;
    hosts.networks.push((network, lines(topology)));
    hosts
        .write()
        .map_err(|error| refused("write the names of the hosts", "write", &error, PATH))?;
    Ok(Names {
        network,
        owner: process::id(),
    })
}

impl Drop for Names {
    fn drop(&mut self) {
        if self.owner != process::id() {
            return;
        }
        if let Some(hosts) = lock().as_mut() {
            hosts
                .networks
                .retain(|(network, _)| *network != self.network);
            let _ = hosts.write();
        }
    }
}

/// Returns why names cannot resolve, if that is known before anything is made.
pub(super) fn check_mount_option() -> Result<(), Refused> {
    let refused = |why: &str| {
        Err(
            Refused::new("make host names resolve", "mount", Errno::PERM)
                .of(PATH)
                .because(why),
        )
    };
    match body::running_test() {
        None => {
            refused("networks are built in a test: in a function with `#[ns_test(net, mount)]`")
        }
        // A test of real root has a mount namespace in any case, but must not pass for that reason.
        Some(test) if !test.asks_for_mount => refused(
            "the test has no mount namespace of its own: add the `mount` option, as in `#[ns_test(net, mount)]`",
        ),
        Some(_) => Ok(()),
    }
}

impl Hosts {
    fn write(&self) -> io::Result<()> {
        let (mut names, mut text) = (Vec::new(), String::new());
        for (_, lines) in &self.networks {
            for (address, name) in lines {
                names.push(name.as_str());
                text += &format!("{address}\t{name}\n");
            }
        }
        for line in self.rest.lines() {
            if !mentions(line, &names) {
                text += &format!("{line}\n");
            }
        }
        self.file.write_all_at(text.as_bytes(), 0)?;
        self.file.set_len(text.len() as u64)
    }
}

/// Returns a line for each address, with its host's name.
fn lines(topology: &Topology) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for port in &topology.ports {
        for (address, _) in &port.addresses {
            let name = topology.hosts[port.host].name.clone();
            lines.push((address.to_string(), name));
        }
    }
    lines
}

/// Returns whether a line of the old file gives an address to one of the names.
fn mentions(line: &str, names: &[&str]) -> bool {
    let line = line.split('#').next().unwrap_or_default();
    let mut words = line.split_ascii_whitespace();
    let _address = words.next();
    for word in words {
        for name in names {
            if name.eq_ignore_ascii_case(word) {
                return true;
            }
        }
    }
    false
}

/// Mounts a new file over /etc/hosts.
fn mount_own() -> Result<Hosts, Refused> {
    let step = "mount a file of host names";
    let rest = fs::read(PATH).map_err(|error| {
        let refused = refused(step, "open", &error, PATH);
        refused.because(
            "the mount needs an existing file: create an empty /etc/hosts in the test's `root`",
        )
    })?;
    let (path, file) = temporary_file().map_err(|error| refused(step, "open", &error, "/tmp"))?;
    let source = c_string(&path);
    let mounted = source.and_then(|source| mount::bind(&source, c"/etc/hosts"));
    // The mount keeps the file alive.
    let _ = fs::remove_file(&path);
    mounted.map_err(|errno| Refused::new(step, "mount", errno).of(PATH))?;
    Ok(Hosts {
        file,
        rest: String::from_utf8_lossy(&rest).into_owned(),
        networks: Vec::new(),
        next: 0,
    })
}

/// Creates a file in the first directory that permits it.
fn temporary_file() -> io::Result<(PathBuf, File)> {
    let name = format!("ns-test-hosts-{}", process::id());
    let directories = [
        env::temp_dir(),
        "/tmp".into(),
        "/dev/shm".into(),
        "/run".into(),
        "/var/tmp".into(),
    ];
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for directory in directories {
        let path = directory.join(&name);
        match create(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn create(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o644)
        .open(path)?;
    // Independent of the test's umask, because programs of other users read it, too.
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    Ok(file)
}

fn refused(step: &'static str, call: &'static str, error: &io::Error, path: &str) -> Refused {
    let errno = Errno::from_io(error);
    Refused::new(step, call, errno).of(path)
}

fn lock() -> MutexGuard<'static, Option<Hosts>> {
    static HOSTS: Mutex<Option<Hosts>> = Mutex::new(None);
    HOSTS.lock().unwrap_or_else(PoisonError::into_inner)
}
