//! Programs in fresh sandboxes, from any process: the counterpart of `std::process::Command`.
//!
//! The caller may have threads, and has no launcher. So the caller clones init itself. Everything
//! is prepared before the clone, because nothing may allocate or take a lock between it and
//! `execve`.

use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::{ExitStatus, Output};
use std::sync::Arc;

use crate::channel::result_page::ResultPage;
use crate::error::{Call, SetupError, Step};
use crate::init::{Fds, Init, Job};
use crate::request::Sandbox;
use crate::sandbox::Plan;
use crate::sandbox::host::HostFacts;
use crate::sandbox::inherited::Inherited;
use crate::sandbox::spawn::spawn;
use crate::sandbox::visit::Visit;
use crate::sys::fd;
use crate::sys::process::{self, CloneArgs, Pid};

use super::child::Child;
use super::result_pages;
use crate::body::exec::Program;

impl Sandbox {
    /// Returns a builder for a program in a fresh sandbox of this kind; see [`Command`].
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        Command::new(self.clone(), program.as_ref().to_owned())
    }
}

/// A program that runs in a sandbox of its own. [`Sandbox::command`] makes it; use it like
/// [`std::process::Command`].
///
/// It is sound in a program with threads. With `pid`, the program is PID 2 of its sandbox, and its
/// descendants end when it does. When the caller ends, for any reason, the sandbox ends too.
///
/// ```no_run
/// use ns_test::Sandbox;
///
/// let output = Sandbox::new().net().pid().command("ip").args(["-brief", "link"]).output()?;
/// assert!(output.status.success());
/// assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 1); // lo, and nothing else
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Command {
    sandbox: Sandbox,
    program: OsString,
    arguments: Vec<OsString>,
    streams: [Stdio; 3],
    /// The network namespace that the program joins. `None`: the sandbox's own.
    network: Option<Arc<OwnedFd>>,
}

/// A setting for one of a [`Command`]'s three standard streams.
///
/// ```no_run
/// use ns_test::{Sandbox, Stdio};
///
/// let log = std::fs::File::create("server.log")?;
/// let mut command = Sandbox::hermetic().command("my-server");
/// command.stdin(Stdio::Null).stdout(Stdio::File(log.into()));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Default)]
#[non_exhaustive]
pub enum Stdio {
    /// The caller's own stream.
    #[default]
    Inherit,
    /// /dev/null.
    Null,
    /// A pipe, whose other end the [`Child`] has.
    Piped,
    /// This open file. Only the next program gets it; later ones have [`Inherit`](Self::Inherit)
    /// again.
    File(OwnedFd),
}

impl Command {
    pub(crate) fn new(sandbox: Sandbox, program: OsString) -> Self {
        Self {
            sandbox,
            program,
            arguments: Vec::new(),
            streams: Default::default(),
            network: None,
        }
    }

    /// Makes the program join a network namespace, with a /sys and a /proc/net that show it.
    pub(crate) fn on_network(mut self, network: Arc<OwnedFd>) -> Self {
        self.network = Some(network);
        self
    }

    /// Adds an argument.
    pub fn arg(&mut self, argument: impl AsRef<OsStr>) -> &mut Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    pub fn args<A: AsRef<OsStr>>(&mut self, arguments: impl IntoIterator<Item = A>) -> &mut Self {
        arguments.into_iter().for_each(|argument| {
            self.arg(argument);
        });
        self
    }

    /// Sets the program's stdin. Default: the caller's stdin.
    pub fn stdin(&mut self, stream: Stdio) -> &mut Self {
        self.streams[0] = stream;
        self
    }

    /// Sets the program's stdout. Default: the caller's stdout.
    pub fn stdout(&mut self, stream: Stdio) -> &mut Self {
        self.streams[1] = stream;
        self
    }

    /// Sets the program's stderr. Default: the caller's stderr.
    pub fn stderr(&mut self, stream: Stdio) -> &mut Self {
        self.streams[2] = stream;
        self
    }

    /// Makes the sandbox and starts the program in it, without waiting for its end.
    ///
    /// # Errors
    /// Returns a [`SetupError`] if preparing the sandbox or making its first process fails.
    /// [`Child::wait`] reports later failures, such as a missing program.
    pub fn spawn(&mut self) -> Result<Child, SetupError> {
        let (spec, facts) = (&self.sandbox.spec, HostFacts::gather());
        let mut plan = match self.network {
            Some(_) => Plan::joining_network(spec, &facts, &self.sandbox.base)?,
            None => Plan::new(spec, &facts, &self.sandbox.base)?,
        };
        let program = Program::new(
            &self.program,
            &self.arguments,
            &self.sandbox.spec.env,
            plan.moves_tmpdir(),
        )?;
        let ([stdin, stdout, stderr], ours) = self.open_streams()?;
        // A process that is cloned during the visit stays in that network namespace.
        let visit = self
            .network
            .as_ref()
            .map(|network| Visit::to(network.as_fd()));
        let _visit = visit
            .transpose()
            .map_err(|(_, errno)| SetupError::new(Step::MakeNamespaces, Call::Setns, errno))?;
        let (lifeline, our_lifeline) =
            fd::pipe().map_err(|errno| SetupError::new(Step::OpenPipe, Call::Pipe, errno))?;
        let (pid, init, page) = start(&plan, &program, [stdin, stdout, stderr], lifeline.as_fd())?;
        let [stdin, stdout, stderr] = ours;
        Ok(Child {
            stdin: stdin.map(Into::into),
            stdout: stdout.map(Into::into),
            stderr: stderr.map(Into::into),
            pid,
            init,
            page,
            status: None,
            lifeline: Some(our_lifeline),
            cgroup: plan.own_cgroup.take(),
        })
    }

    /// Runs the program and waits for its end.
    ///
    /// # Errors
    /// As [`spawn`](Self::spawn) and [`Child::wait`].
    pub fn status(&mut self) -> Result<ExitStatus, SetupError> {
        self.spawn()?.wait()
    }

    /// Runs the program and collects what it writes; its stdin is empty unless it was set.
    ///
    /// # Errors
    /// As [`spawn`](Self::spawn) and [`Child::wait`].
    pub fn output(&mut self) -> Result<Output, SetupError> {
        if matches!(self.streams[0], Stdio::Inherit) {
            self.streams[0] = Stdio::Null;
        }
        for stream in &mut self.streams[1..] {
            if matches!(stream, Stdio::Inherit) {
                *stream = Stdio::Piped;
            }
        }
        self.spawn()?.wait_with_output()
    }

    /// Returns the program's ends of the streams, and the caller's.
    #[expect(clippy::type_complexity, reason = "one for each stream, twice")]
    fn open_streams(&mut self) -> Result<([Option<OwnedFd>; 3], [Option<OwnedFd>; 3]), SetupError> {
        let failed = |call| move |errno| SetupError::new(Step::OpenPipe, call, errno);
        let (mut theirs, mut ours) = ([const { None }; 3], [const { None }; 3]);
        for (number, stream) in self.streams.iter_mut().enumerate() {
            match std::mem::take(stream) {
                Stdio::Inherit => {}
                Stdio::Null => {
                    let null =
                        fd::open(c"/dev/null", fd::READ_WRITE).map_err(failed(Call::Open))?;
                    theirs[number] = Some(null);
                    *stream = Stdio::Null;
                }
                Stdio::Piped => {
                    let (read, write) = fd::pipe().map_err(failed(Call::Pipe))?;
                    let (their, our) = if number == 0 {
                        (read, write)
                    } else {
                        (write, read)
                    };
                    (theirs[number], ours[number]) = (Some(their), Some(our));
                    *stream = Stdio::Piped;
                }
                Stdio::File(file) => theirs[number] = Some(file),
            }
        }
        Ok((theirs, ours))
    }
}

fn start(
    plan: &Plan,
    program: &Program,
    streams: [Option<OwnedFd>; 3],
    lifeline: BorrowedFd<'_>,
) -> Result<(Pid, OwnedFd, ResultPage), SetupError> {
    let failed = |call| move |errno| SetupError::new(Step::MakeNamespaces, call, errno);
    let page = result_pages::take().map_err(failed(Call::Mmap))?;
    let spawned = spawn(plan, CloneArgs::default(), |side| {
        let fds = Fds {
            lifeline,
            output: None,
            maps: side.maps,
        };
        let inherited = Inherited {
            processors: None,
            mark: None,
        };
        let job = Job::Command {
            blocked: &side.blocked,
            program,
            streams,
        };
        Init {
            job,
            page,
            inherited,
            fds,
        }
        .run(&side.forked, plan)
    });
    let init = spawned.map_err(|(call, errno)| failed(call)(errno))?;
    if let Err(error) = init.write_maps(plan) {
        init.kill();
        let _ = process::wait_pidfd(init.pidfd.as_fd(), true);
        result_pages::give_back(page);
        return Err(error);
    }
    Ok((init.pid, init.pidfd, page))
}
