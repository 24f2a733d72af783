//! Steps and calls: their text for messages, and their numbers for messages between processes.

use std::fmt;

/// Defines an enum whose variants have a text, and a number for messages between processes.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident => $words:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            pub(crate) const ALL: &[Self] = &[$(Self::$variant,)*];

            pub(crate) fn number(self) -> u32 {
                self as u32
            }

            pub(crate) fn from_number(number: u32) -> Option<Self> {
                Self::ALL.get(usize::try_from(number).ok()?).copied()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(match self { $(Self::$variant => $words,)* })
            }
        }
    };
}

words! {
    /// A step on the way into a sandbox, in the order of execution.
    Step {
        /// Checking the request against the machine.
        Prepare => "prepare the sandbox",
        /// Finding or making a prepared directory.
        PrepareDirectory => "prepare the directory",
        /// Making the output pipe.
        OpenPipe => "open the output pipe",
        /// Starting a launcher, before any test.
        StartLauncher => "start a launcher",
        /// Making the process in its namespaces.
        MakeNamespaces => "create the namespaces",
        /// Leaving the harness's session.
        LeaveSession => "leave the harness's session",
        /// Giving up `setgroups(2)`, which a group map by an ordinary user needs.
        DenySetgroups => "disable setgroups",
        /// Writing the uid map.
        MapUids => "map the user ids",
        /// Writing the gid map.
        MapGids => "map the group ids",
        /// Moving into the test's own cgroup.
        EnterCgroup => "enter the test's cgroup",
        /// Writing a limit of the test's own cgroup.
        LimitCgroup => "limit the test's cgroup",
        /// Setting the clocks of the time namespace.
        SetClocks => "set the clock offsets",
        /// Separating the mount tree from the host's.
        CutPropagation => "set the mount propagation",
        /// Mounting the scratch space behind overlays and /etc/hosts.
        MountScratch => "mount a scratch tmpfs",
        /// Opening a source to bind or overlay.
        FindSource => "find the mount source",
        /// Making the mount point.
        MakeMountPoint => "create the mount point",
        /// Mounting /proc.
        MountProc => "mount a new /proc",
        /// Mounting /sys.
        MountSys => "mount a new /sys",
        /// Mounting /dev/mqueue.
        MountMqueue => "mount a new /dev/mqueue",
        /// Mounting a tmpfs.
        MountTmpfs => "mount a tmpfs",
        /// Making the nodes of a /dev.
        MakeDevices => "create the test's /dev",
        /// Binding a directory or file.
        Bind => "create the bind mount",
        /// Mounting an overlay.
        MountOverlay => "mount an overlay",
        /// Mounting a prepared directory.
        MountPrepared => "mount the prepared directory",
        /// Copying a prepared directory.
        CopyPrepared => "copy the prepared directory",
        /// Making a tree read-only.
        MakeReadOnly => "make the mount read-only",
        /// Making the host's kernel settings read-only.
        ProtectHost => "make the host's kernel settings read-only",
        /// Changing the root.
        ChangeRoot => "change the root",
        /// Setting the host name.
        SetHostName => "set the host name",
        /// Setting the NIS domain name.
        SetDomainName => "set the domain name",
        /// Setting `lo` up.
        SetLoopbackUp => "set the loopback interface up",
        /// Writing a network sysctl.
        SetSysctl => "set the sysctl",
        /// Making a pair of `veth(4)`, which networks of hosts need.
        MakeVeth => "create a veth pair",
        /// Opening a socket of `packet(7)`, which links of a network need.
        OpenPacketSocket => "open a packet socket",
        /// Preparing to watch the test.
        Watch => "watch the test's processes",
        /// Forking the process of the test itself.
        ForkBody => "fork the test process",
        /// Lowering a resource limit.
        SetLimit => "set the limit",
        /// Taking another id of the map.
        Become => "become the user",
        /// Raising or dropping capabilities.
        SetCapabilities => "set the capabilities",
        /// Going to the working directory.
        ChangeDirectory => "change to the working directory",
        /// Executing the command.
        Execute => "execute the command",
    }
}

words! {
    /// A call that the kernel, or the machine, refused.
    Call {
        /// `clone3(2)`.
        Clone3 => "clone3",
        /// `fork(2)`.
        Fork => "fork",
        /// `unshare(2)`.
        Unshare => "unshare",
        /// `open(2)`.
        Open => "open",
        /// `read(2)`.
        Read => "read",
        /// `write(2)`.
        Write => "write",
        /// `mkdir(2)`.
        Mkdir => "mkdir",
        /// `symlink(2)`.
        Symlink => "symlink",
        /// `mount(2)`.
        Mount => "mount",
        /// `move_mount(2)`.
        MoveMount => "move_mount",
        /// `umount2(2)`.
        Umount => "umount2",
        /// `mount_setattr(2)`.
        MountSetattr => "mount_setattr",
        /// `pivot_root(2)`.
        PivotRoot => "pivot_root",
        /// `chdir(2)`.
        Chdir => "chdir",
        /// `keyctl(2)` with `KEYCTL_JOIN_SESSION_KEYRING`.
        Keyctl => "keyctl(KEYCTL_JOIN_SESSION_KEYRING)",
        /// `setns(2)`.
        Setns => "setns",
        /// `setsid(2)`.
        Setsid => "setsid",
        /// `prctl(2)`.
        Prctl => "prctl",
        /// `capset(2)`.
        Capset => "capset",
        /// `setresuid(2)`.
        Setresuid => "setresuid",
        /// `setresgid(2)`.
        Setresgid => "setresgid",
        /// `setgroups(2)`.
        Setgroups => "setgroups",
        /// `setrlimit(2)`.
        Setrlimit => "setrlimit",
        /// `sethostname(2)`.
        Sethostname => "sethostname",
        /// `setdomainname(2)`.
        Setdomainname => "setdomainname",
        /// `ioctl(2)` with `SIOCSIFFLAGS`.
        Ioctl => "ioctl(SIOCSIFFLAGS)",
        /// `RTM_NEWLINK` of `rtnetlink(7)`.
        Netlink => "netlink(RTM_NEWLINK)",
        /// `socket(2)` with `AF_PACKET`.
        PacketSocket => "socket(AF_PACKET)",
        /// `mmap(2)`.
        Mmap => "mmap",
        /// `pipe2(2)`.
        Pipe => "pipe2",
        /// `socketpair(2)`.
        Socketpair => "socketpair",
        /// `sendmsg(2)`.
        Sendmsg => "sendmsg",
        /// `memfd_create(2)`.
        MemfdCreate => "memfd_create",
        /// `dup2(2)`.
        Dup => "dup2",
        /// `signalfd(2)`.
        Signalfd => "signalfd",
        /// `sigprocmask(2)`.
        Sigprocmask => "sigprocmask",
        /// `sched_setaffinity(2)`.
        SchedSetaffinity => "sched_setaffinity",
        /// `execve(2)`.
        Execve => "execve",
        /// `newuidmap(1)`.
        Newuidmap => "newuidmap",
        /// `newgidmap(1)`.
        Newgidmap => "newgidmap",
        /// `sigqueue(3)`, which delivers the signal of [`Child::signal`](crate::Child::signal) to a
        /// command.
        Sigqueue => "sigqueue",
        /// Not a call: the request itself cannot be met.
        Check => "check",
    }
}
