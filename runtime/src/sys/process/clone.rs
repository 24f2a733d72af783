//! Creating processes and namespaces: `clone(2)`, `fork(2)`, `unshare(2)`.
//!
//! nix has no `clone3`, its `clone` allocates, and its `fork` is unsafe whatever the caller proves.

use std::ffi::c_int;
use std::os::fd::{FromRawFd, OwnedFd};
use std::sync::atomic::{AtomicU32, Ordering};

use nix::libc;
use nix::sched::CloneFlags;
use nix::unistd;

use super::{Forked, Pid};
use crate::sys::errno::check;
use crate::sys::signal::SignalsBlocked;
use crate::sys::syscall::syscall;
use crate::sys::thread::SingleThreaded;
use crate::sys::{Errno, fd};

/// Flags of `clone(2)` and `unshare(2)`, in the type of `clone3(2)`.
pub(crate) const NEWUSER: u64 = libc::CLONE_NEWUSER as u64;
pub(crate) const NEWNS: u64 = libc::CLONE_NEWNS as u64;
pub(crate) const NEWPID: u64 = libc::CLONE_NEWPID as u64;
pub(crate) const NEWNET: u64 = libc::CLONE_NEWNET as u64;
pub(crate) const NEWIPC: u64 = libc::CLONE_NEWIPC as u64;
pub(crate) const NEWUTS: u64 = libc::CLONE_NEWUTS as u64;
pub(crate) const NEWCGROUP: u64 = libc::CLONE_NEWCGROUP as u64;
pub(crate) const NEWTIME: u64 = libc::CLONE_NEWTIME as u64;
pub(crate) const PARENT: u64 = libc::CLONE_PARENT as u64;
/// The caller sleeps until the child has executed a program, or exited. Parent and child share
/// nothing.
pub(crate) const VFORK: u64 = libc::CLONE_VFORK as u64;
/// The flags that the caller of [`clone`] may choose. Others, such as `CLONE_VM`, would make parent
/// and child share state.
pub(in crate::sys) const CHOOSABLE: u64 =
    NEWUSER | NEWNS | NEWPID | NEWNET | NEWIPC | NEWUTS | NEWCGROUP | NEWTIME | PARENT | VFORK;

/// Which side of a fork the caller is on.
#[derive(Debug)]
pub(crate) enum Fork {
    Parent(Pid),
    Child(Forked),
}

/// Which side of a [`clone`] the caller is on.
#[derive(Debug)]
pub(crate) enum Clone {
    Parent { pid: Pid, pidfd: OwnedFd },
    Child(Forked),
}

/// The arguments of [`clone`]. `CLONE_PIDFD` is always set. The exit signal is SIGCHLD or, with
/// `CLONE_PARENT`, the caller's own.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CloneArgs {
    pub(crate) flags: u64,
    /// Where the child's pid is written, once, before the child begins.
    pub(crate) pid: Option<&'static AtomicU32>,
}

/// Makes a child in the namespaces of `flags`, without libc's knowledge: `clone3(2)`.
///
/// In the child, libc's thread id is stale, and the atfork handlers have not run. So only this
/// crate's own code may run there until it forks again through [`fork`] or executes a program.
///
/// Where a filter answers ENOSYS to `clone3` (Docker's does, because seccomp cannot read the flags
/// behind its pointer), this uses the older `clone`.
///
/// Signals are blocked, because no signal handler may run in the child: it could be any code.
pub(crate) fn clone(args: CloneArgs, _blocked: &SignalsBlocked) -> Result<Clone, Errno> {
    assert_eq!(args.flags & !CHOOSABLE, 0, "not a flag of a namespace");
    match clone3(args) {
        Err(Errno::NOSYS) => legacy_clone(args),
        other => other,
    }
}

/// Forks with libc's own function and its atfork handlers. The proof makes any code legal in the
/// child.
pub(crate) fn fork(single_threaded: &SingleThreaded) -> Result<Fork, Errno> {
    // SAFETY: no other thread can hold a lock that the child would need; memory is copied.
    let forked = single_threaded.marking_fork(|| check(unsafe { libc::fork() }));
    match forked? {
        0 => Ok(Fork::Child(Forked::new())),
        pid => Ok(Fork::Parent(pid)),
    }
}

/// Moves the caller (for pid and time: its later children) into new namespaces: `unshare(2)`.
pub(crate) fn unshare(flags: u64) -> Result<(), Errno> {
    nix::sched::unshare(CloneFlags::from_bits_retain(flags as c_int)).map_err(Errno::from_nix)
}

fn clone3(args: CloneArgs) -> Result<Clone, Errno> {
    let mut pidfd: c_int = -1;
    let mut raw = Clone3Args {
        flags: args.flags | libc::CLONE_PIDFD as u64,
        pidfd: &raw mut pidfd as u64,
        ..Clone3Args::default()
    };
    if args.flags & PARENT == 0 {
        raw.exit_signal = libc::SIGCHLD as u64;
    }
    if let Some(pid) = args.pid {
        raw.flags |= libc::CLONE_PARENT_SETTID as u64;
        raw.parent_tid = pid.as_ptr() as u64;
    }
    let arguments = [&raw mut raw as usize, size_of::<Clone3Args>()];
    // SAFETY: the structure and the pidfd it points to outlive the call. The kernel writes the pid
    // to an atomic. Without CLONE_VM the child has its own copy of all memory, so it cannot corrupt
    // the parent's. Without a new stack both return from here.
    let pid = unsafe { syscall(libc::SYS_clone3, arguments) };
    cloned(pid?, pidfd)
}

/// `struct clone_args` of `linux/sched.h` in its first version.
#[repr(C, align(8))]
#[derive(Default)]
struct Clone3Args {
    flags: u64,
    pidfd: u64,
    child_tid: u64,
    parent_tid: u64,
    exit_signal: u64,
    stack: u64,
    stack_size: u64,
    tls: u64,
}

/// Makes a child by the older `clone(2)`, which has one pointer for the pidfd and for the word. So
/// the parent writes the word, and the child waits for that. Otherwise a parent that the scheduler
/// has suspended could write it after the child's end, when the word belongs to another child.
fn legacy_clone(args: CloneArgs) -> Result<Clone, Errno> {
    let Some(word) = args.pid else {
        return legacy_clone_untold(args.flags);
    };
    let (told, tell) = fd::pipe()?;
    let clone = legacy_clone_untold(args.flags)?;
    match &clone {
        Clone::Parent { pid, .. } => {
            word.store(pid.unsigned_abs(), Ordering::Release);
            // If the write fails, the child is dead.
            let _ = unistd::write(tell, &[0]);
        }
        Clone::Child(_) => {
            drop(tell);
            // No byte: the parent has died.
            if unistd::read(told, &mut [0]) != Ok(1) {
                super::exit_now(0);
            }
        }
    }
    Ok(clone)
}

fn legacy_clone_untold(flags: u64) -> Result<Clone, Errno> {
    let mut pidfd: c_int = -1;
    let flags = flags | libc::CLONE_PIDFD as u64 | libc::SIGCHLD as u64;
    let (no_stack, into) = (0, &raw mut pidfd as usize);
    let arguments = if cfg!(target_arch = "s390x") {
        [no_stack, flags as usize, into, 0, 0]
    } else {
        [flags as usize, no_stack, into, 0, 0]
    };
    // SAFETY: as in `clone3`; the pidfd uses the pointer that other flags use for the parent's tid.
    let pid = unsafe { syscall(libc::SYS_clone, arguments) };
    cloned(pid?, pidfd)
}

fn cloned(pid: usize, pidfd: c_int) -> Result<Clone, Errno> {
    Ok(match pid {
        0 => Clone::Child(Forked::new()),
        pid => Clone::Parent {
            pid: pid as Pid,
            // SAFETY: the kernel has just opened it for the parent, so it has no other owner.
            pidfd: unsafe { OwnedFd::from_raw_fd(pidfd) },
        },
    })
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd as _;

    use super::*;
    use crate::sys::process::{exit_now, wait_pidfd};
    use crate::sys::{shared_memory, signal};

    /// The harness clears the word when the test is over, for the next one. A launcher that the
    /// scheduler has suspended until then must not write the pid again.
    #[test]
    fn the_pid_is_written_before_the_child_begins_and_not_later() {
        for make in [clone3, legacy_clone] {
            let (_pages, word) = shared_memory::shared().expect("memory");
            let word = word.word();
            let args = CloneArgs {
                pid: Some(word),
                ..CloneArgs::default()
            };
            let blocked = signal::block_all().expect("a mask");
            let pidfd = match make(args).expect("a child") {
                Clone::Child(_) => {
                    let written = word.swap(0, Ordering::Relaxed);
                    exit_now(i32::from(written == std::process::id()));
                }
                Clone::Parent { pidfd, .. } => pidfd,
            };
            let _ = blocked.unblock();
            let status = wait_pidfd(pidfd.as_fd(), true).expect("it is ours");
            assert_eq!(status.and_then(|status| status.code()), Some(1));
            assert_eq!(word.load(Ordering::Relaxed), 0);
        }
    }
}
