//! One condition for readiness, and its check.

use std::fmt;
use std::path::PathBuf;

use super::super::message::{MOST_TEXTS, State};
use super::super::owned_sockets::{Found, Processes};
use super::super::process_tree;
use super::daemon::Daemon;
use super::look::Look;
use super::program::CheckProgram;
use crate::error::Shown;
use crate::sys::process::Pid;

pub(in crate::service) enum Condition {
    Notified,
    Tcp(u16),
    Udp(u16),
    Unix(PathBuf),
    Log { text: String, count: u32 },
    Exit(Daemon),
    Program(CheckProgram),
    When(Box<dyn FnMut() -> bool + Send>),
}

impl Condition {
    /// Returns the text to search for in the output.
    pub(in crate::service) fn log_text(&self) -> Option<&str> {
        match self {
            Self::Log { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Checks once, without waiting. `log_number` counts the log conditions before this one.
    pub(in crate::service) fn look(
        &mut self,
        state: &State,
        supervisor: Pid,
        log_number: usize,
    ) -> Look {
        match self {
            Self::Notified => met_if(state.notified),
            Self::Exit(daemon) => met_if(daemon.is_settled(state)),
            Self::When(function) => met_if(function()),
            Self::Program(program) => program.look(),
            Self::Log { count, .. } => {
                let seen = state.counts[log_number.min(MOST_TEXTS - 1)];
                if seen >= *count {
                    Look::Met
                } else {
                    let lines = (*count > 1).then(|| format!("lines with it so far: {seen}"));
                    Look::NotYet(lines)
                }
            }
            Self::Tcp(port) => socket(supervisor, |processes| processes.tcp(*port)),
            Self::Udp(port) => socket(supervisor, |processes| processes.udp(*port)),
            Self::Unix(path) => socket(supervisor, |processes| processes.unix(path)),
        }
    }

    /// Returns further details about the reason, which take long to find out.
    pub(in crate::service) fn explain(&self, supervisor: Pid) -> Option<String> {
        let processes = Processes::of(supervisor);
        let found = match self {
            Self::Tcp(port) => processes.tcp(*port),
            Self::Udp(port) => processes.udp(*port),
            Self::Unix(path) => processes.unix(path),
            _ => return None,
        };
        let Found::Foreign(inode) = found else {
            return None;
        };
        Some(match processes.foreign_owner(inode) {
            Some(pid) => format!(
                "`{}` (pid {pid}), which is not a process of this service, has it open",
                process_tree::name(pid)
            ),
            None => "a process that does not belong to this service has it open".to_owned(),
        })
    }

    /// Discards the state of an earlier wait.
    pub(in crate::service) fn reset(&mut self) {
        match self {
            Self::Program(program) => program.stop(),
            Self::Exit(daemon) => *daemon = Daemon::default(),
            _ => {}
        }
    }
}

fn met_if(is_met: bool) -> Look {
    if is_met {
        Look::Met
    } else {
        Look::NotYet(None)
    }
}

fn socket(supervisor: Pid, find: impl Fn(&Processes) -> Found) -> Look {
    met_if(find(&Processes::of(supervisor)) == Found::Own)
}

impl fmt::Display for Condition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Notified => out.write_str("READY=1 on NOTIFY_SOCKET"),
            Self::Tcp(port) => write!(out, "TCP port {port} to listen"),
            Self::Udp(port) => write!(out, "UDP port {port} to be bound"),
            Self::Unix(path) => write!(out, "the socket {} to listen", Shown::new(path)),
            Self::Log { text, count: 1 } => write!(out, "{text:?} in its output"),
            Self::Log { text, count } => write!(out, "{text:?} in {count} lines of its output"),
            Self::Exit(_) => out.write_str("the program to exit and leave a daemon"),
            Self::Program(program) => write!(out, "`{}` to exit with status 0", program.name()),
            Self::When(_) => out.write_str("a function to return true"),
        }
    }
}
