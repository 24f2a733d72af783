//! How the test creates a supervisor.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Mutex;

use nix::fcntl::{FcntlArg, OFlag, fcntl};

use super::copied_command::CopiedCommand;
use super::handle::Handle;
use super::message::LONGEST;
use super::notify_socket::{NotifyFiles, NotifySocket};
use super::process_tree;
use super::supervisor::{Fds, Life, NewProcess, Output, Supervisor};
use crate::body::role;
use crate::init::signals;
use crate::sandbox::file;
use crate::sys::process::{self, Clone, CloneArgs};
use crate::sys::{Errno, fd, signal, socket};

/// The request for a supervisor.
pub(super) struct Order {
    pub(super) command: CopiedCommand,
    pub(super) output: Output,
    pub(super) forks: bool,
    pub(super) notify: Option<NotifySocket>,
    pub(super) sockets: Vec<OwnedFd>,
}

/// Creates a supervisor, which starts the program at once.
pub(super) fn launch(order: Order) -> io::Result<Handle> {
    let (control, control_theirs) = socket::pair()?;
    let (bell, bell_theirs) = pipe(&[End::Read, End::Write])?;
    let (notify, notify_files) = match order.notify {
        Some(socket) => (Some(socket.fd), socket.files),
        None => (None, None),
    };
    let notify_paths = notify_files.as_ref().map(NotifyFiles::to_c_strings);
    let supervisor = Supervisor {
        command: order.command,
        output: order.output,
        forks: order.forks,
        notify_paths: notify_paths.transpose()?,
        life: Life::default(),
        buffer: vec![0; LONGEST],
        fds: descriptors(control_theirs, bell_theirs, notify, order.sockets)?,
    };
    let (supervisor, pidfd) = clone(supervisor)?;
    Ok(Handle {
        control: Mutex::new(control),
        bell,
        supervisor,
        pidfd,
        owner: process::getpid(),
        _notify_files: notify_files,
    })
}

fn descriptors(
    control: OwnedFd,
    bell: OwnedFd,
    notify: Option<OwnedFd>,
    sockets: Vec<OwnedFd>,
) -> io::Result<Fds> {
    let (output, output_write) = pipe(&[End::Read])?;
    let (failure, failure_write) = pipe(&[End::Read])?;
    let lowest = 3 + i32::try_from(sockets.len()).unwrap_or(0);
    let has_proc = process_tree::proc_is_ours();
    let sockets = sockets.into_iter().map(|socket| above(socket, lowest));
    Ok(Fds {
        control,
        bell,
        output,
        output_write,
        failure,
        failure_write: above(failure_write, lowest)?,
        null: fd::open(c"/dev/null", fd::READ_WRITE)?,
        signals: signals::descriptor([signal::SIGCHLD, signal::SIGTERM])?,
        notify,
        test: process::pidfd_open(process::getpid()).ok(),
        proc: has_proc.then(|| file::handle(c"/proc").ok()).flatten(),
        sockets: sockets.collect::<io::Result<_>>()?,
    })
}

fn clone(supervisor: Supervisor) -> io::Result<(process::Pid, OwnedFd)> {
    // A signal handler of the test must not run in the supervisor.
    let blocked = signal::block_all()?;
    let with = |flags| {
        let args = CloneArgs {
            flags,
            ..CloneArgs::default()
        };
        process::clone(args, &blocked)
    };
    let cloned = if role::is_test() {
        match with(process::PARENT) {
            // PID 1 can have no sibling: `clone(2)`.
            Err(Errno::INVAL) => with(0),
            other => other,
        }
    } else {
        with(0)
    };
    match cloned {
        Ok(Clone::Child(forked)) => supervisor.run(&NewProcess { forked, blocked }),
        Ok(Clone::Parent { pid, pidfd }) => {
            blocked.unblock()?;
            Ok((pid, pidfd))
        }
        Err(errno) => {
            blocked.unblock()?;
            Err(errno.into())
        }
    }
}

/// An end of a pipe.
#[derive(PartialEq, Eq)]
enum End {
    Read,
    Write,
}

/// Returns a pipe, read end first. The listed ends are non-blocking.
fn pipe(do_not_block: &[End]) -> io::Result<(OwnedFd, OwnedFd)> {
    let (read, write) = fd::pipe()?;
    for end in do_not_block {
        let fd = if *end == End::Read { &read } else { &write };
        fcntl(fd, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    }
    Ok((read, write))
}

/// Duplicates the descriptor to a number of at least `lowest`: the program's sockets take the lower
/// ones.
fn above(fd: OwnedFd, lowest: i32) -> io::Result<OwnedFd> {
    let mut too_low = Vec::new();
    let mut fd = fd;
    while fd.as_raw_fd() < lowest {
        let higher = fd.as_fd().try_clone_to_owned()?;
        too_low.push(std::mem::replace(&mut fd, higher));
    }
    Ok(fd)
}
