//! The supervisor: a process between a test and its service.
//!
//! It starts the program as its own child and is the subreaper of everything the program starts. It reads the output, receives
//! notifications, and reports what it knows when the test asks. When the test drops the service or dies, the supervisor kills
//! the tree.
//!
//! It is a raw clone of the test's process, which may have threads: nothing here allocates or takes a lock.

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
    /// For answers, and for what is read.
    pub(super) buffer: Vec<u8>,
}

/// The supervisor's descriptors.
pub(super) struct Fds {
    /// The supervisor's end of the control socket.
    pub(super) control: OwnedFd,
    /// One byte goes here for each change: the test sleeps on the other end.
    pub(super) bell: OwnedFd,
    /// Does not block.
    pub(super) output: OwnedFd,
    pub(super) output_write: OwnedFd,
    /// Where a child that can't become the program writes why. The read end does not block.
    pub(super) failure: OwnedFd,
    pub(super) failure_write: OwnedFd,
    pub(super) null: OwnedFd,
    pub(super) signals: signal::SignalFd,
    pub(super) notify: Option<OwnedFd>,
    /// The test's process. Readable once it is dead.
    pub(super) test: Option<OwnedFd>,
    /// /proc, if it shows this pid namespace.
    pub(super) proc: Option<OwnedFd>,
    /// What the program gets from number 3 on, open at numbers above those.
    pub(super) sockets: Vec<OwnedFd>,
}

/// What a clone begins with.
pub(super) struct NewProcess {
    pub(super) forked: Forked,
    pub(super) blocked: SignalsBlocked,
}

/// What becomes of one start.
#[derive(Default)]
pub(super) struct Life {
    pub(super) state: State,
    /// The next exit was asked for.
    expects_exit: bool,
    /// The test waits for readiness, or will, and reports an exit itself.
    test_waits: bool,
    announced: bool,
    /// What the kernel's out-of-memory killer had done when the program was started.
    oom_kills: u64,
}

impl Supervisor {
    /// The supervisor's whole life.
    pub(super) fn run(mut self, process: &NewProcess) -> ! {
        // Out of reach of `kill(0, ..)` and of a terminal's Ctrl-C.
        let _ = setsid();
        let _ = prctl::set_child_subreaper(true);
        // Ignored, the kernel would reap the service itself and its exit status would be lost.
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
            // A full pipe has rung already.
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
        // It is not reaped, so its pid can't be another's.
        process::kill_by_number(state.pid, number).map_or_else(Outcome::NotSent, |()| Outcome::Done)
    }

    /// Reads what is there, within reason: a flood must not keep requests waiting.
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
        // Its last words first.
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

    /// Says on the test's stderr that the service has ended, unless the test knows.
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

    /// Closes what the test had open at the time: its pipes would not end and its ports would stay taken.
    ///
    /// Before the start: close-on-exec takes effect a moment after `CLONE_VFORK` has let the supervisor go on.
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

/// Closes all descriptors from 3 on but these.
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

/// How many sockets one service can be given.
pub(super) const MOST_SOCKETS: usize = 16;
