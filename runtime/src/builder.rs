//! The attribute's words as a program writes them.

use std::borrow::Cow;
#[cfg(target_os = "linux")]
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

#[cfg(target_os = "linux")]
use crate::command::Command;
use crate::manifest;
#[cfg(target_os = "linux")]
use crate::probe::{self, Refusal};
use crate::spec::{
    Bind, Ids, Limit, Mount, Net, Offset, Pid, Propagation, Range, Spec, Sysctl, Text, Time, Tmpfs,
    User, Uts,
};

/// What a process shall see of the machine: the words and keys of [`#[ns_test]`](macro@crate::ns_test), for programs.
///
/// The attribute is only another spelling of this. A sandbox is used for a [`command`](Self::command), and for the
/// [`trial`](crate::Harness::trial)s of a suite that is made at run time.
///
/// A method named like a word asks for that namespace; one named like a key asks for the word, too. Nothing is checked and nothing
/// happens before the sandbox is used: errors come from there, as [`SetupError`](crate::SetupError)s.
///
/// Sizes are in bytes, modes are permission bits, times are [`Duration`]s, ids are numbers. What a method leaves out is as the
/// [attribute's page](macro@crate::ns_test) has it under "when left out".
///
/// ```
/// use std::time::Duration;
///
/// use ns_test::{Offset, Sandbox};
///
/// let lab = Sandbox::new().net().pid().hostname("db1").tmpfs("/run");
/// let with_fixtures = lab.clone().bind_ro("fixtures/hosts", "/etc/hosts").overlay("/var/lib");
/// let small = lab.tmpfs_with("/mnt", 16 << 20, 0o700).limit_memory(256 << 20).limit_files(128);
/// let old = Sandbox::hermetic().uptime(Offset::forwards(Duration::from_secs(365 * 86_400)));
/// let router = Sandbox::new().sysctl("ipv4.ip_forward", true).sysctl("ipv4.ip_default_ttl", 32);
/// let plain = Sandbox::new().user_as(1000, 1000).user_without_capabilities().env_keep("PATH").cwd("fixtures");
/// # let _ = (with_fixtures, small, old, router, plain);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a sandbox does nothing until a command or a trial uses it"]
pub struct Sandbox {
    /// Shared with its clones until one is changed: a suite may have thousands of trials in one kind of sandbox.
    pub(crate) spec: Arc<Spec>,
    pub(crate) base: Arc<Path>,
}

impl Sandbox {
    /// Asks for nothing yet. Relative paths start at `CARGO_MANIFEST_DIR` if that is set (as under `cargo test` and
    /// `cargo run`), else at the working directory.
    pub fn new() -> Self {
        Self {
            spec: Arc::new(Spec::NOTHING),
            base: manifest::directory(".").into(),
        }
    }

    /// What bare `#[ns_test]` asks for: every namespace but `time`.
    pub fn hermetic() -> Self {
        Self {
            spec: Arc::new(Spec::HERMETIC),
            ..Self::new()
        }
    }

    /// All eight namespaces, `#[ns_test(all)]`.
    pub fn all() -> Self {
        Self::hermetic().time()
    }

    /// `user`: the caller becomes uid 0 and gid 0 of a namespace of its own. Every other word brings this one;
    /// `user_namespaces(7)`.
    pub fn user(mut self) -> Self {
        self.spec().user.get_or_insert(User::ROOT);
        self
    }

    /// `user(uid = U, gid = G)`: the caller becomes these instead of 0. It has all capabilities, and so have the programs that
    /// it executes.
    pub fn user_as(self, uid: u32, gid: u32) -> Self {
        self.with_ids(Ids::One { uid, gid })
    }

    /// `user(keep)`: the caller keeps its own ids, and gets all capabilities besides.
    pub fn user_keep(self) -> Self {
        self.with_ids(Ids::Keep)
    }

    /// `user(ids = "auto")`: the caller as 0, and its block of `subuid(5)` from 1 on. Needs `newuidmap(1)`, or real root.
    pub fn user_auto(self) -> Self {
        self.with_ids(Ids::Auto)
    }

    /// `user(ids = "inner:outer:count")`, repeatable: `count` uids and gids from `inner` on stand for those from `outer` on
    /// outside. Needs `newuidmap(1)` and a line in `subuid(5)`, or real root.
    pub fn user_range(mut self, inner: u32, outer: u32, count: u32) -> Self {
        let range = Range {
            inner,
            outer,
            count,
        };
        match self.namespace().0 {
            Ids::Ranges(ranges) => ranges.to_mut().push(range),
            ids @ (Ids::One { .. } | Ids::Keep | Ids::Auto) => {
                *ids = Ids::Ranges(Cow::Owned(vec![range]));
            }
        }
        self
    }

    /// `user(become = ID)`: of the ids that are mapped, the uid and gid that the process takes at last.
    pub fn user_become(mut self, id: u32) -> Self {
        *self.namespace().1 = Some(id);
        self
    }

    /// `user(caps = "none")`: the process starts without capabilities, as an ordinary user's does.
    pub fn user_without_capabilities(mut self) -> Self {
        *self.namespace().2 = false;
        self
    }

    /// `user(host)`: no user namespace, for real root: with its capabilities on the host, and none of the protection.
    pub fn user_host(mut self) -> Self {
        self.spec().user = Some(User::Host);
        self
    }

    /// `mount`: a mount tree of its own, private both ways, with an empty /tmp; `mount_namespaces(7)`.
    pub fn mount(mut self) -> Self {
        self.tree();
        self
    }

    /// `mount(tmpfs = "PATH")`: an empty file system in memory.
    pub fn tmpfs(self, path: impl Into<String>) -> Self {
        self.with_tmpfs(Tmpfs {
            path: text(path),
            size: None,
            mode: None,
        })
    }

    /// `mount(tmpfs("PATH", size = .., mode = ..))`: one that holds this many bytes, with these permissions.
    pub fn tmpfs_with(self, path: impl Into<String>, size: u64, mode: u32) -> Self {
        self.with_tmpfs(Tmpfs {
            path: text(path),
            size: Some(size),
            mode: Some(mode),
        })
    }

    /// `mount(bind("SOURCE", "/TARGET"))`: a file or directory of the host, at another place too.
    pub fn bind(self, source: impl Into<String>, target: impl Into<String>) -> Self {
        self.with_bind(Bind {
            source: text(source),
            target: text(target),
            ro: false,
        })
    }

    /// `mount(bind("SOURCE", "/TARGET", ro))`: the same, read-only there.
    pub fn bind_ro(self, source: impl Into<String>, target: impl Into<String>) -> Self {
        self.with_bind(Bind {
            source: text(source),
            target: text(target),
            ro: true,
        })
    }

    /// `mount(ro = "PATH")`: the tree at the path, read-only.
    pub fn ro(mut self, path: impl Into<String>) -> Self {
        self.tree().ro.to_mut().push(text(path));
        self
    }

    /// `mount(overlay = "PATH")`: the directory becomes writable, and what is written is thrown away at the end.
    pub fn overlay(mut self, path: impl Into<String>) -> Self {
        self.tree().overlay.to_mut().push(text(path));
        self
    }

    /// `mount(root = "PATH")`: the directory becomes `/`. All other targets are meant inside it.
    pub fn root(mut self, path: impl Into<String>) -> Self {
        self.tree().root = Some(text(path));
        self
    }

    /// `mount(tmp = "host")`: /tmp stays the host's.
    pub fn host_tmp(mut self) -> Self {
        self.tree().private_tmp = false;
        self
    }

    /// `mount(propagation = "slave")`: what the host mounts later appears inside, too.
    pub fn slave(mut self) -> Self {
        self.tree().propagation = Propagation::Slave;
        self
    }

    /// `pid`: a process tree of its own, where the process is PID 2; `pid_namespaces(7)`.
    pub fn pid(mut self) -> Self {
        self.spec().pid.get_or_insert(Pid::BARE);
        self
    }

    /// `pid(proc = false)`: the same, with the host's /proc.
    pub fn host_proc(mut self) -> Self {
        self.spec().pid = Some(Pid { proc: false });
        self
    }

    /// `net`: a network of its own with nothing but `lo`, up; `network_namespaces(7)`.
    pub fn net(mut self) -> Self {
        self.network();
        self
    }

    /// `net(lo = false)`: with `lo` down, as the kernel makes it.
    pub fn lo_down(mut self) -> Self {
        self.network().lo = false;
        self
    }

    /// `net(sysctl("KEY", VALUE))`: a file below /proc/sys/net, as in `ipv4.ip_forward`.
    pub fn sysctl(mut self, key: impl Into<String>, value: impl Into<SysctlValue>) -> Self {
        let sysctl = Sysctl {
            key: text(key),
            value: text(value.into().0),
        };
        self.network().sysctl.to_mut().push(sysctl);
        self
    }

    /// `ipc`: its own System V IPC, POSIX message queues, /dev/shm and /dev/mqueue; `ipc_namespaces(7)`.
    pub fn ipc(mut self) -> Self {
        self.spec().ipc = true;
        self
    }

    /// `uts`: its own host name and NIS domain name, the host's to begin with; `uts_namespaces(7)`.
    pub fn uts(mut self) -> Self {
        self.names();
        self
    }

    /// `uts(hostname = "NAME")`: 64 bytes at most. Where `mount` is there it resolves, by /etc/hosts.
    pub fn hostname(mut self, name: impl Into<String>) -> Self {
        self.names().hostname = Some(text(name));
        self
    }

    /// `uts(domainname = "NAME")`: 64 bytes at most.
    pub fn domainname(mut self, name: impl Into<String>) -> Self {
        self.names().domainname = Some(text(name));
        self
    }

    /// `cgroup`: its cgroup is the root of what it sees; `cgroup_namespaces(7)`.
    pub fn cgroup(mut self) -> Self {
        self.spec().cgroup = true;
        self
    }

    /// `time`: clocks of its own; `time_namespaces(7)`.
    pub fn time(mut self) -> Self {
        self.clocks();
        self
    }

    /// `time(monotonic = ..)`: what `Instant` and `CLOCK_MONOTONIC` show is off by this.
    pub fn monotonic(mut self, offset: Offset) -> Self {
        self.clocks().monotonic = offset;
        self
    }

    /// `time(boottime = ..)`: what `CLOCK_BOOTTIME` and /proc/uptime show is off by this.
    pub fn boottime(mut self, offset: Offset) -> Self {
        self.clocks().boottime = offset;
        self
    }

    /// `time(uptime = ..)`: both.
    pub fn uptime(self, offset: Offset) -> Self {
        self.monotonic(offset).boottime(offset)
    }

    /// `cwd = "PATH"`: where the process starts; a relative path as in [`new`](Self::new), or to `/` in a new root. Default: where the caller is, or `/` in a new root.
    pub fn cwd(mut self, path: impl Into<String>) -> Self {
        self.spec().cwd = Some(text(path));
        self
    }

    /// `env("KEY", "VALUE")`: a variable. Of two values for one key the later one holds.
    pub fn env(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.spec().env.set.to_mut().push((text(key), text(value)));
        self
    }

    /// `env(clear)`: without the caller's variables.
    pub fn env_clear(mut self) -> Self {
        self.spec().env.clear = true;
        self
    }

    /// `env(keep = "KEY")`: without the caller's variables, but with this one.
    pub fn env_keep(mut self, key: impl Into<String>) -> Self {
        self.spec().env.keep.to_mut().push(text(key));
        self
    }

    /// `limit(processes = N)`: processes and threads together. Real root is exempt where no cgroup is delegated.
    pub fn limit_processes(mut self, count: u64) -> Self {
        self.limit().processes = Some(count);
        self
    }

    /// `limit(memory = ..)`: in bytes. For all processes together where a cgroup is delegated, else the address space of each;
    /// [`limited_by`](crate::limited_by).
    pub fn limit_memory(mut self, bytes: u64) -> Self {
        self.limit().memory = Some(bytes);
        self
    }

    /// `limit(files = N)`: open descriptors of each process.
    pub fn limit_files(mut self, count: u64) -> Self {
        self.limit().files = Some(count);
        self
    }

    /// `limit(cpu = ..)`: processor time of each process, rounded up to whole seconds.
    pub fn limit_cpu(mut self, time: Duration) -> Self {
        self.limit().cpu = Some(time);
        self
    }

    /// A program to run in a fresh sandbox of this kind; see [`Command`].
    #[cfg(target_os = "linux")]
    pub fn command(&self, program: impl Into<OsString>) -> Command {
        Command::new(self.clone(), program.into())
    }

    /// Whether this machine can make the namespaces that this sandbox asks for, with what the words bring. Paths, ids and limits
    /// are not looked at.
    ///
    /// # Errors
    /// The first [`Refusal`].
    #[cfg(target_os = "linux")]
    pub fn probe(&self) -> Result<(), Refusal> {
        probe::of_spec(&self.spec)
    }

    fn with_ids(mut self, new: Ids) -> Self {
        *self.namespace().0 = new;
        self
    }

    fn with_tmpfs(mut self, tmpfs: Tmpfs) -> Self {
        self.tree().tmpfs.to_mut().push(tmpfs);
        self
    }

    fn with_bind(mut self, bind: Bind) -> Self {
        self.tree().bind.to_mut().push(bind);
        self
    }

    /// The three parts of `user`, which an earlier `user_host` gives way to.
    fn namespace(&mut self) -> (&mut Ids, &mut Option<u32>, &mut bool) {
        let user = self.spec().user.get_or_insert(User::ROOT);
        if *user == User::Host {
            *user = User::ROOT;
        }
        match user {
            User::Namespace {
                ids,
                r#become,
                caps,
            } => (ids, r#become, caps),
            User::Host => unreachable!("it was replaced above"),
        }
    }

    fn spec(&mut self) -> &mut Spec {
        Arc::make_mut(&mut self.spec)
    }

    fn tree(&mut self) -> &mut Mount {
        self.spec().mount.get_or_insert(Mount::BARE)
    }

    fn network(&mut self) -> &mut Net {
        self.spec().net.get_or_insert(Net::BARE)
    }

    fn names(&mut self) -> &mut Uts {
        self.spec().uts.get_or_insert(Uts::BARE)
    }

    fn clocks(&mut self) -> &mut Time {
        self.spec().time.get_or_insert(Time::BARE)
    }

    fn limit(&mut self) -> &mut Limit {
        &mut self.spec().limit
    }
}

/// What a sysctl is set to: a number, a switch (1 or 0), or a text.
///
/// ```
/// use ns_test::Sandbox;
///
/// let router = Sandbox::new().sysctl("ipv4.ip_forward", true).sysctl("ipv4.tcp_congestion_control", "reno");
/// # let _ = router;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SysctlValue(String);

impl From<i64> for SysctlValue {
    fn from(number: i64) -> Self {
        Self(number.to_string())
    }
}

impl From<bool> for SysctlValue {
    fn from(on: bool) -> Self {
        Self(u8::from(on).to_string())
    }
}

impl From<&str> for SysctlValue {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for SysctlValue {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::new()
    }
}

fn text(words: impl Into<String>) -> Text {
    Text::Owned(words.into())
}
