//! The handle of a started service, its state, and the errors made from it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use super::Service;
use super::error::{Details, Error};
use super::handle::{Gone, Handle};
use super::message::State;
use super::problem::Problem;
use crate::error::Shown;

impl Service {
    pub(super) fn handle(&self) -> Result<&Handle, Error> {
        let never = || self.error_before_start(Problem::NotRunning { status: None });
        self.handle.as_ref().ok_or_else(never)
    }

    pub(super) fn running(&self) -> Result<(&Handle, State), Error> {
        let handle = self.handle()?;
        let state = self.known(handle.state())?;
        match state.ended {
            None => Ok((handle, state)),
            Some(status) => Err(self.error(Problem::NotRunning {
                status: Some(status),
            })),
        }
    }

    pub(super) fn known<T>(&self, answer: Result<T, Gone>) -> Result<T, Error> {
        answer.map_err(|Gone| self.error_before_start(Problem::SupervisorGone))
    }

    /// Returns an error with everything that the supervisor knows.
    pub(super) fn error(&self, problem: Problem) -> Error {
        let Some(handle) = &self.handle else {
            return self.error_before_start(problem);
        };
        let Ok(state) = handle.state() else {
            return self.error_before_start(Problem::SupervisorGone);
        };
        Error::new(Details {
            service: self.name.clone(),
            pid: Some(state.pid),
            problem,
            status_text: Shown::new(OsStr::from_bytes(state.status_text())).to_string(),
            lines: Some(handle.last_lines()),
        })
    }

    pub(super) fn error_before_start(&self, problem: Problem) -> Error {
        Error::new(Details {
            service: self.name.clone(),
            pid: None,
            problem,
            status_text: String::new(),
            lines: None,
        })
    }
}
