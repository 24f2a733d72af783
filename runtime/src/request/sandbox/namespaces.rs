//! The words with few keys: `pid`, `ipc`, `uts`, `cgroup`, `time`.

use crate::request::spec::{Offset, Pid, Time, Uts};

use super::builder::{Sandbox, text};

impl Sandbox {
    /// `pid`: a process tree of its own, where the process is PID 2; `pid_namespaces(7)`.
    pub fn pid(mut self) -> Self {
        self.tree_of_processes();
        self
    }

    /// `pid(proc = false)`: the same, with the host's /proc.
    pub fn host_proc(mut self) -> Self {
        self.tree_of_processes().proc = false;
        self
    }

    /// `pid(as_init)`: the process is PID 1, with an init's duties: it reaps orphans, and a signal without a handler does not
    /// reach it. When it exits, the kernel kills all its processes.
    pub fn as_init(mut self) -> Self {
        self.tree_of_processes().as_init = true;
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

    fn tree_of_processes(&mut self) -> &mut Pid {
        self.spec().pid.get_or_insert(Pid::BARE)
    }

    fn names(&mut self) -> &mut Uts {
        self.spec().uts.get_or_insert(Uts::BARE)
    }

    fn clocks(&mut self) -> &mut Time {
        self.spec().time.get_or_insert(Time::BARE)
    }
}
