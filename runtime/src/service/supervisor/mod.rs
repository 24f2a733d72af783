//! The supervisor: a process between a test and its service.
//!
//! It starts the program as its own child and is the subreaper of everything the program starts. It
//! reads the output, receives notifications, and answers the test's requests. When the test drops
//! the service or dies, the supervisor kills the tree.
//!
//! It is a raw clone of the test's process, which may have threads: nothing here allocates or takes
//! a lock.

mod kill;
mod last_lines;
mod notification;
mod output;
mod start;

use std::ffi::CString;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::sys::prctl;
use nix::unistd::setsid;

use super::copied_command::CopiedCommand;
use super::message::{Outcome, Request, State, encode_reply};
use crate::sys::fd::Stream;
use crate::sys::process::{self, Forked, WaitStatus};
use crate::sys::signal::SignalsBlocked;
use crate::sys::{Errno, fd, signal, socket};

pub(super) use output::Output;

/// Everything the supervisor needs, prepared by the test's process.
pub(super) struct Supervisor {
    pub(super) command: CopiedCommand,
    pub(super) fds: Fds,
    pub(super) output: Output,
    /// Whether the program is expected to exit with status 0 and leave a daemon.
    pub(super) forks: bool,
    /// What to remove at the end: the notification socket, then its directory.
    pub(super) notify_paths: Option<(CString, CString)>,
    pub(super) life: Life,
    /// The buffer for answers and for all reads.
    pub(super) buffer: Vec<u8>,
}

/// The supervisor's descriptors.
pub(super) struct Fds {
    /// The supervisor's end of the control socket.
    pub(super) control: OwnedFd,
    /// It writes one byte here for each change: the test sleeps on the other end.
    pub(super) bell: OwnedFd,
    /// Non-blocking.
    pub(super) output: OwnedFd,
    pub(super) output_write: OwnedFd,
    /// The pipe for the error of a child that can't execute the program. The read end is
    /// non-blocking.
    pub(super) failure: OwnedFd,
    pub(super) failure_write: OwnedFd,
    pub(super) null: OwnedFd,
    pub(super) signals: signal::SignalFd,
    pub(super) notify: Option<OwnedFd>,
    /// The test's process. Readable once it is dead.
    pub(super) test: Option<OwnedFd>,
    /// /proc, if it shows this pid namespace.
    pub(super) proc: Option<OwnedFd>,
    /// The sockets that the program gets from number 3 on, open at numbers above those.
    pub(super) sockets: Vec<OwnedFd>,
}

/// The state that a new process starts with.
pub(super) struct NewProcess {
    pub(super) forked: Forked,
    pub(super) blocked: SignalsBlocked,
}

/// The state of one start.
#[derive(Default)]
pub(super) struct Life {
    pub(super) state: State,
    /// The test has requested the next exit.
    expects_exit: bool,
    /// The test waits for readiness, or will, and reports an exit itself.
    test_waits: bool,
    announced: bool,
    /// The kernel's out-of-memory kill count when the program was started.
    oom_kills: u64,
}

impl Supervisor {
    /// Runs the supervisor until it exits.
    pub(super) fn run(mut self, process: &NewProcess) -> ! {
        // Out of reach for `kill(0, ..)` and for a terminal's Ctrl-C.
        let _ = setsid();
        let _ = prctl::set_child_subreaper(true);
        // If SIGCHLD is ignored, the kernel reaps the service itself and its exit status is lost.
        signal::set_default(signal::SIGCHLD);
        self.release_inherited(&process.forked);
        let outcome = self.start(&process.blocked);
        self.reply(outcome);
        loop {
            self.serve_once(&process.blocked);
        }
    }

    fn serve_once(&mut self, blocked: &SignalsBlocked) {
        let Ok([control, signals, output, notify, test]) = self.poll() else {
            self.finish();
        };
        let mut changed = false;
        if output.readable {
            changed |= self.read_output();
        }
        if notify.readable {
            changed |= self.read_notifications();
        }
        if signals.readable {
            while signal::next(&self.fds.signals).is_some() {}
            changed |= self.reap();
        }
        if changed {
            // If the pipe is full, the test already has a byte to wake up for.
            let _ = fd::write(self.fds.bell.as_fd(), b"!");
        }
        if control.readable || control.hung_up {
            self.answer(blocked);
        }
        if test.readable {
            self.finish();
        }
    }

    fn poll(&self) -> Result<[fd::Ready; 5], Errno> {
        let Fds {
            control,
            signals,
            output,
            notify,
            test,
            ..
        } = &self.fds;
        let or_control = |fd| Option::<&OwnedFd>::unwrap_or(fd, control).as_fd();
        let mut ready = fd::poll(
            [
                control.as_fd(),
                signals.as_fd(),
                output.as_fd(),
                or_control(notify.as_ref()),
                or_control(test.as_ref()),
            ],
            None,
        )?;
        if notify.is_none() {
            ready[3] = fd::Ready::default();
        }
        if test.is_none() {
            ready[4] = fd::Ready::default();
        }
        Ok(ready)
    }

    fn answer(&mut self, blocked: &SignalsBlocked) {
        let mut message = [0; 8];
        let received = socket::receive(self.fds.control.as_fd(), &mut message);
        let Ok((length @ 1.., _)) = received else {
            // The test has closed its end, or is dead.
            self.finish();
        };
        let outcome = match Request::decode(&message[..length]) {
            Some(Request::State) | None => Outcome::Done,
            Some(Request::Start) => self.start(blocked),
            Some(Request::Signal(number)) => self.signal(number),
            Some(Request::Stop(number)) => {
                self.life.expects_exit = true;
                self.signal(number)
            }
            Some(Request::Kill) => {
                self.kill_tree();
                Outcome::Done
            }
            Some(Request::Waiting(waits)) => {
                self.life.test_waits = waits;
                self.announce_end();
                Outcome::Done
            }
            Some(Request::Reported) => {
                self.life.announced = true;
                Outcome::Done
            }
            Some(Request::LastLines) => return self.send_last_lines(),
            Some(Request::Quit) => self.finish(),
        };
        self.reply(outcome);
    }

    fn reply(&self, outcome: Outcome) {
        let message = encode_reply(outcome, &self.life.state);
        let _ = socket::send(self.fds.control.as_fd(), &message, &[]);
    }

    fn send_last_lines(&mut self) {
        self.read_output();
        let length = self.output.copy_last_lines(&mut self.buffer);
        let _ = socket::send(self.fds.control.as_fd(), &self.buffer[..length], &[]);
    }

    fn signal(&self, number: i32) -> Outcome {
        let state = &self.life.state;
        if !state.is_running() {
            return Outcome::NotSent(Errno::CHILD);
        }
        // It is not reaped, so its pid can't be reused.
        process::kill_by_number(state.pid, number).map_or_else(Outcome::NotSent, |()| Outcome::Done)
    }

    /// Reads the available output, up to a limit: a flood must not delay requests.
    fn read_output(&mut self) -> bool {
        const MOST_CHUNKS: usize = 16;
        let before = self.output.counts();
        for _ in 0..MOST_CHUNKS {
            match fd::read(self.fds.output.as_fd(), &mut self.buffer) {
                Ok(length @ 1..) => self.output.take(&self.buffer[..length]),
                _empty => break,
            }
        }
        self.life.state.counts = self.output.counts();
        before != self.life.state.counts
    }

    /// Returns whether the main process has ended.
    fn reap(&mut self) -> bool {
        let mut ended = false;
        while let Ok(Some((pid, status))) = process::wait_any(false) {
            if pid == self.life.state.pid && self.life.state.is_running() {
                self.main_ended(status);
                ended = true;
            }
        }
        ended
    }

    fn main_ended(&mut self, status: WaitStatus) {
        // Reads its last output first.
        self.read_output();
        if self.forks && status.exit_code() == Some(0) {
            if let Some(daemon) = self.eldest_child() {
                self.life.state.pid = daemon;
                self.life.state.forked = true;
                return;
            }
        }
        let killed = status.signal() == Some(signal::SIGKILL as i32);
        self.life.state.ended = Some(status);
        self.life.state.out_of_memory = killed && self.oom_kills() > self.life.oom_kills;
        self.announce_end();
    }

    /// Reports on the test's stderr that the service has ended, unless the test knows.
    fn announce_end(&mut self) {
        let life = &mut self.life;
        let Some(status) = life.state.ended else {
            return;
        };
        if life.announced || life.expects_exit || life.test_waits {
            return;
        }
        life.announced = true;
        self.output
            .announce_end(life.state.pid, status, life.state.out_of_memory);
    }

    fn finish(&mut self) -> ! {
        self.kill_tree();
        self.read_output();
        self.output.end_line();
        if let Some((socket, directory)) = &self.notify_paths {
            let _ = nix::unistd::unlink(socket.as_c_str());
            let _ = nix::unistd::unlinkat(
                nix::fcntl::AT_FDCWD,
                directory.as_c_str(),
                nix::unistd::UnlinkatFlags::RemoveDir,
            );
        }
        process::exit_now(0)
    }

    /// Closes the descriptors inherited from the test: otherwise its pipes would not end and its
    /// ports would stay taken.
    ///
    /// It runs before the start, because close-on-exec takes effect only after `CLONE_VFORK` has
    /// resumed the supervisor.
    fn release_inherited(&self, forked: &Forked) {
        let fds = &self.fds;
        let _ = fd::dup_onto(fds.null.as_fd(), Stream::Stdin);
        let _ = fd::dup_onto(fds.null.as_fd(), Stream::Stdout);
        if !self.output.echoes() {
            let _ = fd::dup_onto(fds.null.as_fd(), Stream::Stderr);
        }
        let always = [
            &fds.control,
            &fds.bell,
            &fds.output,
            &fds.output_write,
            &fds.failure,
            &fds.failure_write,
            &fds.null,
        ];
        let sometimes = [&fds.notify, &fds.test, &fds.proc];
        let all = always.into_iter().chain(sometimes.into_iter().flatten());
        let all = all.chain(&fds.sockets).map(AsFd::as_fd);
        close_others(forked, fds.signals.as_fd(), all);
    }
}

/// Closes all descriptors from 3 on except these.
fn close_others<'fd>(
    forked: &Forked,
    first: BorrowedFd<'fd>,
    others: impl Iterator<Item = BorrowedFd<'fd>>,
) {
    let mut kept = [first; 11 + MOST_SOCKETS];
    for (slot, fd) in kept.iter_mut().skip(1).zip(others) {
        *slot = fd;
    }
    fd::close_all_but(forked, kept);
}

/// The maximum number of sockets for one service.
pub(super) const MOST_SOCKETS: usize = 16;
