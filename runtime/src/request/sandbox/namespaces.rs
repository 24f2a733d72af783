//! The options with few keys: `pid`, `ipc`, `uts`, `cgroup`, `time`.

use crate::request::spec::{Offset, Pid, Time, Uts};

use super::builder::{Sandbox, text};

impl Sandbox {
    /// Requests `pid`: a separate process tree, where the process is PID 2; `pid_namespaces(7)`.
    pub fn pid(mut self) -> Self {
        self.tree_of_processes();
        self
    }

    /// Requests `pid(proc = false)`: the same, with the host's /proc.
    pub fn host_proc(mut self) -> Self {
        self.tree_of_processes().proc = false;
        self
    }

    /// Requests `pid(as_init)`: the process is PID 1, with an init's duties. It reaps orphans, and
    /// a signal without a handler does not reach it. When it exits, the kernel kills all other
    /// processes of the namespace.
    pub fn as_init(mut self) -> Self {
        self.tree_of_processes().as_init = true;
        self
    }

    /// Requests `ipc`: separate System V IPC, POSIX message queues, /dev/shm and /dev/mqueue;
    /// `ipc_namespaces(7)`.
    pub fn ipc(mut self) -> Self {
        self.spec().ipc = true;
        self
    }

    /// Requests `uts`: a separate host name and NIS domain name, initially the host's;
    /// `uts_namespaces(7)`.
    pub fn uts(mut self) -> Self {
        self.names();
        self
    }

    /// Sets `uts(hostname = "NAME")`: 64 bytes at most. With `mount`, the name also resolves,
    /// through /etc/hosts.
    pub fn hostname(mut self, name: impl Into<String>) -> Self {
        self.names().hostname = Some(text(name));
        self
    }

    /// Sets `uts(domainname = "NAME")`: 64 bytes at most.
    pub fn domainname(mut self, name: impl Into<String>) -> Self {
        self.names().domainname = Some(text(name));
        self
    }

    /// Requests `cgroup`: the process sees its own cgroup as the root; `cgroup_namespaces(7)`.
    pub fn cgroup(mut self) -> Self {
        self.spec().cgroup = true;
        self
    }

    /// Requests `time`: separate clocks; `time_namespaces(7)`.
    pub fn time(mut self) -> Self {
        self.clocks();
        self
    }

    /// Sets `time(monotonic = ..)`: the offset of `Instant` and `CLOCK_MONOTONIC`.
    pub fn monotonic(mut self, offset: Offset) -> Self {
        self.clocks().monotonic = offset;
        self
    }

    /// Sets `time(boottime = ..)`: the offset of `CLOCK_BOOTTIME` and /proc/uptime.
    pub fn boottime(mut self, offset: Offset) -> Self {
        self.clocks().boottime = offset;
        self
    }

    /// Sets `time(uptime = ..)`: the offset of both clocks.
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
