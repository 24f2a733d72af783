//! How the supervisor starts the program.

use std::convert::Infallible;
use std::os::fd::AsFd;

use nix::fcntl::{FcntlArg, fcntl};
use nix::sys::prctl;
use nix::sys::signal::SIGKILL;
use nix::unistd::{chdir, setsid};

use super::descriptors::close_others;
use super::{Life, Supervisor};
use crate::init::streams::{self, Stream};
use crate::service::message::{Outcome, StartStep};
use crate::sys::Text;
use crate::sys::process::{self, Clone, CloneArgs, Forked};
use crate::sys::signal::SignalsBlocked;
use crate::sys::{Errno, fd, signal};

/// The step that failed, and its errno.
type Failure = (StartStep, Errno);

impl Supervisor {
    /// Kills the remaining processes of the last start and starts the program.
    pub(super) fn start(&mut self, blocked: &SignalsBlocked) -> Outcome {
        self.kill_tree();
        self.discard_notifications();
        self.output.begin();
        self.life = Life {
            oom_kills: self.oom_kills(),
            test_waits: true,
            ..Life::default()
        };
        let args = CloneArgs {
            // The supervisor sleeps until the child has executed the program, or exited.
            flags: process::VFORK,
            ..CloneArgs::default()
        };
        let pid = match process::clone(args, blocked) {
            Ok(Clone::Child(forked)) => self.become_program(&forked),
            Ok(Clone::Parent { pid, .. }) => pid,
            Err(errno) => return Outcome::NotStarted(StartStep::Fork, errno),
        };
        self.life.state.pid = pid;
        let Some((step, errno)) = self.read_failure() else {
            return Outcome::Done;
        };
        self.life.state.ended = process::wait_for(pid).ok();
        self.life.announced = true;
        Outcome::NotStarted(step, errno)
    }

    fn become_program(&mut self, forked: &Forked) -> ! {
        let Err((step, errno)) = self.try_program(forked);
        let [a, b, c, d] = errno.number().to_le_bytes();
        let _ = fd::write(self.fds.failure_write.as_fd(), &[step.code(), a, b, c, d]);
        process::exit_now(127)
    }

    fn read_failure(&self) -> Option<Failure> {
        let mut message = [0; 5];
        let length = fd::read(self.fds.failure.as_fd(), &mut message);
        let [step, errno @ ..] = message;
        (length == Ok(5)).then(|| {
            let errno = Errno::from_number(i32::from_le_bytes(errno));
            (StartStep::from_code(step), errno)
        })
    }

    fn try_program(&mut self, forked: &Forked) -> Result<Infallible, Failure> {
        // The program starts as under a service manager: in its own session, without a terminal,
        // and killed when the supervisor dies.
        let _ = setsid();
        let _ = prctl::set_pdeathsig(SIGKILL);
        self.place_descriptors(forked)
            .map_err(|errno| (StartStep::Descriptors, errno))?;
        if let Some(directory) = &self.command.directory {
            chdir(directory.as_c_str())
                .map_err(|errno| (StartStep::Directory, Errno::from_nix(errno)))?;
        }
        signal::stop_ignoring();
        signal::set_default(signal::SIGPIPE);
        let _ = signal::unblock_all(forked);
        Err((StartStep::Execute, self.execute()))
    }

    fn place_descriptors(&self, forked: &Forked) -> Result<(), Errno> {
        streams::dup_onto(self.fds.null.as_fd(), Stream::Stdin)?;
        streams::dup_onto(self.fds.output_write.as_fd(), Stream::Stdout)?;
        streams::dup_onto(self.fds.output_write.as_fd(), Stream::Stderr)?;
        let failure = &self.fds.failure_write;
        // The sockets are above the wanted numbers, and all other descriptors are closed. So
        // `F_DUPFD` returns exactly the wanted number.
        let sockets = self.fds.sockets.iter().map(AsFd::as_fd);
        close_others(forked, failure.as_fd(), sockets);
        for (number, socket) in (3..).zip(&self.fds.sockets) {
            fcntl(socket, FcntlArg::F_DUPFD(number))
                .map_err(|errno| Errno::from_number(errno as i32))?;
        }
        Ok(())
    }

    /// Returns the last errno that is more specific than "not found", as `execvp(3)` does.
    fn execute(&mut self) -> Errno {
        let mut listen_pid = Text::<32>::new();
        listen_pid.push(b"LISTEN_PID=");
        listen_pid.push_number(process::getpid().unsigned_abs());
        let extra = (!self.fds.sockets.is_empty()).then(|| listen_pid.as_c_str());
        let command = &mut self.command;
        let mut last = Errno::NOENT;
        for candidate in &command.candidates {
            match process::execute_with(
                candidate,
                &command.arguments,
                &mut command.environment,
                extra,
            ) {
                Errno::NOENT | Errno::NOTDIR => {}
                errno => last = errno,
            }
        }
        last
    }
}
