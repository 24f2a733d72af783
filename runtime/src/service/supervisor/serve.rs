//! The supervisor's loop: it waits for events and answers the test's requests.

use std::os::fd::{AsFd, OwnedFd};

use nix::sys::prctl;
use nix::unistd::setsid;

use super::{Fds, NewProcess, Supervisor};
use crate::init::signals;
use crate::service::message::{CHANGED, Outcome, Request, encode_reply};
use crate::sys::signal::SignalsBlocked;
use crate::sys::{Errno, fd, process, signal, socket};

impl Supervisor {
    /// Runs the supervisor until it exits.
    pub(in crate::service) fn run(mut self, process: &NewProcess) -> ! {
        // Out of reach for `kill(0, ..)` and for a terminal's Ctrl-C.
        let _ = setsid();
        let _ = prctl::set_child_subreaper(true);
        // If SIGCHLD is ignored, the kernel reaps the service itself and its exit status is lost.
        signal::set_default(signal::SIGCHLD);
        let keeps_stderr = self.output.echoes();
        self.fds.release_inherited(&process.forked, keeps_stderr);
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
            while signals::next(&self.fds.signals).is_some() {}
            changed |= self.reap();
        }
        if changed {
            // If the pipe is full, the test already has a byte to wake up for.
            let _ = fd::write(self.fds.bell.as_fd(), CHANGED);
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
}
