//! Making, watching and ending processes: `clone(2)`, `fork(2)`, `wait(2)`, `kill(2)`.

use std::ffi::{CStr, CString, c_char, c_int, c_ulong};
use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Errno;
use super::errno::{check, check_long};
use super::thread::Alone;

/// A process id, as the caller's pid namespace counts.
pub(crate) type Pid = libc::pid_t;

/// Flags of `clone(2)` and `unshare(2)`, as `clone3(2)` counts them.
pub(crate) const NEWUSER: u64 = libc::CLONE_NEWUSER as u64;
pub(crate) const NEWNS: u64 = libc::CLONE_NEWNS as u64;
pub(crate) const NEWPID: u64 = libc::CLONE_NEWPID as u64;
pub(crate) const NEWNET: u64 = libc::CLONE_NEWNET as u64;
pub(crate) const NEWIPC: u64 = libc::CLONE_NEWIPC as u64;
pub(crate) const NEWUTS: u64 = libc::CLONE_NEWUTS as u64;
pub(crate) const NEWCGROUP: u64 = libc::CLONE_NEWCGROUP as u64;
pub(crate) const NEWTIME: u64 = libc::CLONE_NEWTIME as u64;
pub(crate) const PARENT: u64 = libc::CLONE_PARENT as u64;
/// libc's constant is an int, for which this flag is too large.
const INTO_CGROUP: u64 = 0x2_0000_0000;

/// How a process ended: the status word of `wait(2)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WaitStatus(pub(crate) c_int);

impl WaitStatus {
    pub(crate) const fn exit_code(self) -> Option<i32> {
        if libc::WIFEXITED(self.0) {
            Some(libc::WEXITSTATUS(self.0))
        } else {
            None
        }
    }

    pub(crate) const fn signal(self) -> Option<i32> {
        if libc::WIFSIGNALED(self.0) {
            Some(libc::WTERMSIG(self.0))
        } else {
            None
        }
    }

    pub(crate) const fn dumped_core(self) -> bool {
        libc::WIFSIGNALED(self.0) && libc::WCOREDUMP(self.0)
    }
}

/// Which side of a fork the caller is on.
#[derive(Debug)]
pub(crate) enum Fork {
    Parent(Pid),
    Child,
}

/// Which side of a [`clone`] the caller is on.
#[derive(Debug)]
pub(crate) enum Clone {
    Parent { pid: Pid, pidfd: OwnedFd },
    Child,
}

/// What [`clone`] takes beside flags: `CLONE_PIDFD` is always set, the exit signal is SIGCHLD or, with `CLONE_PARENT`,
/// the caller's own.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CloneArgs<'fd> {
    pub(crate) flags: u64,
    /// The directory of a cgroup that the child starts in.
    pub(crate) cgroup: Option<BorrowedFd<'fd>>,
}

/// A child in the namespaces that `flags` name, without libc's knowledge: `clone3(2)`.
///
/// libc's idea of the child's thread id is stale, and its atfork handlers did not run: only this crate's own code may run
/// in the child until it forks again through [`fork`] or executes a program.
///
/// Where a filter answers ENOSYS to `clone3` (Docker's does, since seccomp can't see the flags behind its pointer), the
/// older `clone` does the same: it lacks nothing but `CLONE_INTO_CGROUP`.
pub(crate) fn clone(args: CloneArgs<'_>) -> Result<Clone, Errno> {
    match clone3(args) {
        Err(Errno::NOSYS) if args.cgroup.is_none() => legacy_clone(args.flags),
        other => other,
    }
}

/// libc's own fork, with its atfork handlers. The proof is what makes any code legal in the child.
pub(crate) fn fork(_alone: &Alone) -> Result<Fork, Errno> {
    IN_FORK.store(true, Ordering::Relaxed);
    // SAFETY: no other thread can hold a lock that the child would miss; memory is copied.
    let forked = check(unsafe { libc::fork() });
    IN_FORK.store(false, Ordering::Relaxed);
    match forked? {
        0 => Ok(Fork::Child),
        pid => Ok(Fork::Parent(pid)),
    }
}

/// Whether a process that shared the caller's memory was killed inside of libc's fork: it held libc's locks, and nobody will
/// ever release them.
pub(crate) fn fork_was_cut_short() -> bool {
    IN_FORK.load(Ordering::Relaxed)
}

static IN_FORK: AtomicBool = AtomicBool::new(false);

/// A descriptor of a process: `pidfd_open(2)`.
pub(crate) fn pidfd_open(pid: Pid) -> Result<OwnedFd, Errno> {
    // SAFETY: takes no pointers.
    let opened = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
    check_long(opened as isize).map(|fd| owned(fd as c_int))
}

/// `unshare(2)`: moves the caller (for pid and time: its later children) into new namespaces.
pub(crate) fn unshare(flags: u64) -> Result<(), Errno> {
    // SAFETY: takes no pointers; namespaces are no part of Rust's memory.
    check(unsafe { libc::unshare(flags as c_int) }).map(drop)
}

/// Sends a signal to the process behind the descriptor, whatever has become of its pid.
pub(crate) fn pidfd_send_signal(pidfd: BorrowedFd<'_>, signal: c_int) -> Result<(), Errno> {
    let no_info = ptr::null::<libc::siginfo_t>();
    // SAFETY: the kernel takes a null siginfo for what kill(2) would send.
    let sent = unsafe {
        libc::syscall(
            libc::SYS_pidfd_send_signal,
            pidfd.as_raw_fd(),
            signal,
            no_info,
            0,
        )
    };
    check_long(sent as isize).map(drop)
}

/// Waits for a child by descriptor and reaps it. `None`: it still runs, and `block` was false.
pub(crate) fn wait_pidfd(pidfd: BorrowedFd<'_>, block: bool) -> Result<Option<WaitStatus>, Errno> {
    // SAFETY: all fields of the structure are integers, for which zero is a value.
    let mut info: libc::siginfo_t = unsafe { mem::zeroed() };
    let options = libc::WEXITED | libc::__WALL | if block { 0 } else { libc::WNOHANG };
    // SAFETY: the structure outlives the call.
    let waited = unsafe {
        libc::waitid(
            libc::P_PIDFD,
            pidfd.as_raw_fd() as libc::id_t,
            &raw mut info,
            options,
        )
    };
    match check(waited) {
        Err(Errno::INTR) => return wait_pidfd(pidfd, block),
        other => other?,
    };
    // SAFETY: waitid fills in the fields of SIGCHLD; with nothing to report it leaves the zeroes.
    let pid = unsafe { info.si_pid() };
    // SAFETY: the same.
    let value = unsafe { info.si_status() };
    Ok((pid != 0).then(|| status_from_siginfo(info.si_code, value)))
}

/// Whether this child has ended, without reaping it: `WNOWAIT`.
pub(crate) fn has_ended(pid: Pid) -> bool {
    // SAFETY: all fields of the structure are integers, for which zero is a value.
    let mut info: libc::siginfo_t = unsafe { mem::zeroed() };
    let options = libc::WEXITED | libc::__WALL | libc::WNOHANG | libc::WNOWAIT;
    // SAFETY: the structure outlives the call.
    let waited = unsafe { libc::waitid(libc::P_PID, pid.unsigned_abs(), &raw mut info, options) };
    // SAFETY: waitid fills in the fields of SIGCHLD; with nothing to report it leaves the zeroes.
    check(waited).is_ok() && unsafe { info.si_pid() } == pid
}

/// Reaps any child. `Ok(None)`: there are children, none has ended, and `block` was false. ECHILD: there are none.
pub(crate) fn wait_any(block: bool) -> Result<Option<(Pid, WaitStatus)>, Errno> {
    wait(-1, block)
}

/// Reaps this child.
pub(crate) fn wait_for(pid: Pid) -> Result<WaitStatus, Errno> {
    wait(pid, true)?
        .map(|(_, status)| status)
        .ok_or(Errno::CHILD)
}

/// `kill(2)`.
pub(crate) fn kill(pid: Pid, signal: c_int) -> Result<(), Errno> {
    // SAFETY: takes no pointers.
    check(unsafe { libc::kill(pid, signal) }).map(drop)
}

/// Becomes leader of a new session: out of reach of the terminal and of the caller's process group.
pub(crate) fn setsid() -> Result<(), Errno> {
    // SAFETY: takes no pointers.
    check(unsafe { libc::setsid() }).map(drop)
}

/// Becomes leader of a new process group of the same session.
pub(crate) fn lead_process_group() -> Result<(), Errno> {
    // SAFETY: takes no pointers.
    check(unsafe { libc::setpgid(0, 0) }).map(drop)
}

pub(crate) fn getpid() -> Pid {
    // SAFETY: can't fail.
    unsafe { libc::getpid() }
}

/// Has orphans among the descendants become children of the caller: `PR_SET_CHILD_SUBREAPER`.
pub(crate) fn become_subreaper() -> Result<(), Errno> {
    // SAFETY: this option takes one number.
    check(unsafe {
        libc::prctl(
            libc::PR_SET_CHILD_SUBREAPER,
            1 as c_ulong,
            0 as c_ulong,
            0 as c_ulong,
            0 as c_ulong,
        )
    })
    .map(drop)
}

/// Has the kernel kill the caller once the thread that forked it is gone: `PR_SET_PDEATHSIG`.
pub(crate) fn die_with_parent() -> Result<(), Errno> {
    // SAFETY: this option takes one number.
    check(unsafe {
        libc::prctl(
            libc::PR_SET_PDEATHSIG,
            libc::SIGKILL as c_ulong,
            0 as c_ulong,
            0 as c_ulong,
            0 as c_ulong,
        )
    })
    .map(drop)
}

/// Makes /proc/self the caller's own again where a setuid or an unreadable binary has given it to root.
pub(crate) fn make_dumpable() -> Result<(), Errno> {
    // SAFETY: this option takes one number.
    check(unsafe {
        libc::prctl(
            libc::PR_SET_DUMPABLE,
            1 as c_ulong,
            0 as c_ulong,
            0 as c_ulong,
            0 as c_ulong,
        )
    })
    .map(drop)
}

/// Whether /proc/self is the caller's own: `PR_GET_DUMPABLE`.
pub(crate) fn is_dumpable() -> bool {
    // SAFETY: this option takes no pointers.
    unsafe {
        libc::prctl(
            libc::PR_GET_DUMPABLE,
            0 as c_ulong,
            0 as c_ulong,
            0 as c_ulong,
            0 as c_ulong,
        ) == 1
    }
}

/// An array of C strings, ended by a null pointer: what `execve(2)` takes.
#[derive(Debug)]
pub(crate) struct Strings {
    pointers: Vec<*const c_char>,
    _owned: Vec<CString>,
}

impl From<Vec<CString>> for Strings {
    fn from(owned: Vec<CString>) -> Self {
        let pointers = owned
            .iter()
            .map(|text| text.as_ptr())
            .chain([ptr::null()])
            .collect();
        Self {
            pointers,
            _owned: owned,
        }
    }
}

/// Becomes another program. Returns only if that fails.
pub(crate) fn execute(path: &CStr, arguments: &Strings, environment: &Strings) -> Errno {
    // SAFETY: a C string and two arrays of them that end in a null pointer; what they point to lives as long as they do.
    unsafe {
        libc::execve(
            path.as_ptr(),
            arguments.pointers.as_ptr(),
            environment.pointers.as_ptr(),
        )
    };
    Errno::last()
}

/// Has a function called when the process exits: `atexit(3)`. It must not panic, and a forked child calls it as well.
pub(crate) fn at_exit(function: extern "C" fn()) {
    // SAFETY: the function is there for ever and takes nothing. Should there be no room for it, it is not called.
    unsafe { libc::atexit(function) };
}

/// Ends the caller at once, without atexit handlers, destructors or flushing.
pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: never returns.
    unsafe { libc::_exit(code) }
}

pub(crate) fn chdir(path: &CStr) -> Result<(), Errno> {
    // SAFETY: the path is a C string.
    check(unsafe { libc::chdir(path.as_ptr()) }).map(drop)
}

fn clone3(args: CloneArgs<'_>) -> Result<Clone, Errno> {
    let mut pidfd: c_int = -1;
    // SAFETY: all fields of the structure are integers, for which zero is a value.
    let mut raw: libc::clone_args = unsafe { mem::zeroed() };
    raw.flags = args.flags | libc::CLONE_PIDFD as u64;
    raw.pidfd = ptr::from_mut(&mut pidfd) as u64;
    if args.flags & PARENT == 0 {
        raw.exit_signal = libc::SIGCHLD as u64;
    }
    if let Some(cgroup) = args.cgroup {
        raw.flags |= INTO_CGROUP;
        raw.cgroup = cgroup.as_raw_fd() as u64;
    }
    // SAFETY: the structure and the pidfd it points to outlive the call. Without CLONE_VM the child has its own copy of
    // all memory, so that it can't break the parent's; without a new stack both return from here.
    let pid = unsafe {
        libc::syscall(
            libc::SYS_clone3,
            &raw mut raw,
            size_of::<libc::clone_args>(),
        )
    };
    cloned(pid, pidfd)
}

fn legacy_clone(flags: u64) -> Result<Clone, Errno> {
    let mut pidfd: c_int = -1;
    let flags = flags | libc::CLONE_PIDFD as u64 | libc::SIGCHLD as u64;
    let (no_stack, none) = (ptr::null::<u8>(), ptr::null::<u8>());
    // SAFETY: as in `clone3`; the pidfd goes to where older flags had the parent's tid. The order of stack and flags is
    // that of all architectures but s390 and cris.
    let pid =
        unsafe { libc::syscall(libc::SYS_clone, flags, no_stack, &raw mut pidfd, none, none) };
    cloned(pid, pidfd)
}

fn cloned(pid: libc::c_long, pidfd: c_int) -> Result<Clone, Errno> {
    match check_long(pid as isize)? {
        0 => Ok(Clone::Child),
        pid => Ok(Clone::Parent {
            pid: pid as Pid,
            pidfd: owned(pidfd),
        }),
    }
}

fn wait(pid: Pid, block: bool) -> Result<Option<(Pid, WaitStatus)>, Errno> {
    let mut status = 0;
    let options = libc::__WALL | if block { 0 } else { libc::WNOHANG };
    loop {
        // SAFETY: the status outlives the call.
        match check(unsafe { libc::waitpid(pid, &raw mut status, options) }) {
            Ok(0) => return Ok(None),
            Ok(pid) => return Ok(Some((pid, WaitStatus(status)))),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
}

/// The status word that `waitpid` would have given, from what `waitid` gives instead.
fn status_from_siginfo(code: c_int, value: c_int) -> WaitStatus {
    const CORE_FLAG: c_int = 0x80;
    WaitStatus(match code {
        libc::CLD_EXITED => (value & 0xff) << 8,
        libc::CLD_DUMPED => value | CORE_FLAG,
        _ => value,
    })
}

fn owned(fd: c_int) -> OwnedFd {
    // SAFETY: the kernel has just made this descriptor for the caller, nobody else knows it.
    unsafe { OwnedFd::from_raw_fd(fd) }
}
