//! A program that checks whether the service is ready, such as `pg_isready`.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::process::{Child, Command, Stdio};

use nix::fcntl::{FcntlArg, OFlag, fcntl};

use super::look::Look;
use crate::service::copied_command::Recipe;
use crate::sys::fd;

/// The program, and its current run.
pub(in crate::service) struct CheckProgram {
    recipe: Recipe,
    run: Option<Run>,
    /// How the last run failed.
    last: Option<String>,
}

/// Kills and reaps the program when it is dropped.
struct Run {
    child: Child,
    /// Both streams, non-blocking.
    output: File,
    text: Vec<u8>,
}

impl CheckProgram {
    pub(in crate::service) fn new(command: &Command) -> Self {
        Self {
            recipe: Recipe::of(command),
            run: None,
            last: None,
        }
    }

    pub(super) fn name(&self) -> String {
        self.recipe.name()
    }

    pub(super) fn stop(&mut self) {
        self.run = None;
        self.last = None;
    }

    pub(super) fn look(&mut self) -> Look {
        let looked = match &mut self.run {
            None => Run::start(&self.recipe).map(|run| {
                self.run = Some(run);
                None
            }),
            Some(run) => run.result(),
        };
        match looked {
            Ok(None) => Look::NotYet(self.last.clone()),
            Ok(Some(Ok(()))) => {
                self.run = None;
                Look::Met
            }
            Ok(Some(Err(failure))) => {
                self.run = None;
                self.last = Some(failure.clone());
                Look::NotYet(Some(failure))
            }
            Err(error) => Look::Broken(format!("`{}` can't be run: {error}", self.name())),
        }
    }
}

impl Run {
    fn start(recipe: &Recipe) -> io::Result<Self> {
        let (read, write) = fd::pipe().map_err(io::Error::from)?;
        fcntl(&read, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        let child = recipe
            .command()
            .stdin(Stdio::null())
            .stdout(write.as_fd().try_clone_to_owned()?)
            .stderr(write)
            .spawn()?;
        Ok(Self {
            child,
            output: read.into(),
            text: Vec::new(),
        })
    }

    /// Returns its result. `None`: it still runs.
    fn result(&mut self) -> io::Result<Option<Result<(), String>>> {
        let ended = self.child.try_wait()?;
        // An error means that there is no more output for now.
        let _ = self.output.read_to_end(&mut self.text);
        let keep = self.text.len().saturating_sub(1000);
        self.text.drain(..keep);
        Ok(ended.map(|status| {
            if status.success() {
                return Ok(());
            }
            let text = String::from_utf8_lossy(&self.text);
            Err(format!("{status}: {}", text.trim())
                .trim_end_matches(": ")
                .to_owned())
        }))
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
