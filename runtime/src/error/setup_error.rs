//! Errors while a sandbox is made: the step, the call, the errno and the path are all typed.
//!
//! [`Failure`] is the error in the child, which must not allocate. [`SetupError`] is the same error
//! in the harness, for people to read.

use std::ffi::{CStr, CString, OsStr, OsString};
use std::fmt;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::shown::Shown;
use super::step::{Call, Step};
use super::{classification, overlay_rules, remedy};
pub use crate::sys::Errno;
use crate::sys::c_string;

/// An error while a sandbox was made.
///
/// Its [`Display`](fmt::Display) continues "failed to": `mount an empty /tmp: mount(/tmp): EPERM
/// (operation not permitted)`. In a path, control characters are escaped, and bytes that are not
/// UTF-8 are shown as `\xFF`.
///
/// ```no_run
/// let missing = ns_test::Sandbox::new().bind("no/such/file", "/srv").command("true").status();
/// let error = missing.expect_err("there is nothing to mount");
/// assert_eq!(error.asked(), Some("no/such/file".as_ref()));
/// eprintln!("failed to {error}");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SetupError {
    pub(crate) step: Step,
    pub(crate) call: Call,
    pub(crate) errno: Errno,
    pub(crate) path: Option<PathBuf>,
    pub(crate) asked: Option<OsString>,
    pub(crate) note: Option<String>,
}

impl SetupError {
    /// Returns the step that failed.
    #[must_use]
    pub fn step(&self) -> Step {
        self.step
    }

    /// Returns the refused call.
    #[must_use]
    pub fn call(&self) -> Call {
        self.call
    }

    /// Returns the kernel's answer.
    #[must_use]
    pub fn errno(&self) -> Errno {
        self.errno
    }

    /// Returns the absolute path that the call was for. `None`: the call has no path.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Returns the path, or the id range, as written in the attribute or the builder, if it differs
    /// from [`path`](Self::path).
    #[must_use]
    pub fn asked(&self) -> Option<&OsStr> {
        self.asked.as_deref()
    }

    /// Returns further details, if any: the output of a helper program, or the remedy.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        let known = || remedy::of(self.step, self.call, self.errno, self.path());
        self.note.as_deref().or_else(known)
    }

    /// Returns whether the machine forbids a namespace, or an operation in it. The test's own
    /// request is then valid.
    pub(crate) fn is_refusal(&self) -> bool {
        classification::is_refusal(self.step, self.call, self.errno)
    }

    pub(crate) fn new(step: Step, call: Call, errno: Errno) -> Self {
        Self {
            step,
            call,
            errno,
            path: None,
            asked: None,
            note: None,
        }
    }

    pub(crate) fn from_io(step: Step, call: Call, error: &io::Error) -> Self {
        Self::new(
            step,
            call,
            error.raw_os_error().map_or(Errno::IO, Errno::from_number),
        )
    }

    /// Adds the kernel's rule that was broken, if it can be found out. Overlays need this, because
    /// the kernel gives the same answer for all of their errors.
    pub(crate) fn explained(mut self) -> Self {
        if self.step == Step::MountOverlay && self.note.is_none() {
            let layers = self.asked.as_deref();
            let mut lower: Vec<&Path> = Vec::new();
            match (layers, &self.path) {
                (Some(layers), _) => {
                    for layer in layers.as_bytes().split(|byte| *byte == b':') {
                        lower.push(Path::new(OsStr::from_bytes(layer)));
                    }
                }
                (None, target) => lower.extend(target.as_deref()),
            }
            self.note = overlay_rules::explain(self.errno, &lower);
        }
        self
    }

    pub(crate) fn at(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }

    pub(crate) fn asked_as(mut self, asked: impl Into<OsString>) -> Self {
        self.asked = Some(asked.into());
        self
    }

    pub(crate) fn because(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}

impl fmt::Display for SetupError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.step, self.call)?;
        if let Some(path) = &self.path {
            write!(out, "({})", Shown::new(path))?;
        }
        write!(out, ": {}", self.errno)?;
        match &self.asked {
            Some(layers) if self.step == Step::MountOverlay => {
                write!(out, "; its lower directories are `{}`", Shown::new(layers))?;
            }
            Some(asked) => write!(out, "; given as `{}`", Shown::new(asked))?,
            None => {}
        }
        if let Some(note) = self.note() {
            write!(out, "; {note}")?;
        }
        // Appended to a note about something else.
        match remedy::of_resource(self.call, self.errno) {
            Some(remedy) if self.note.is_some() => write!(out, "; {remedy}"),
            _ => Ok(()),
        }
    }
}

/// The same text as `Display`, because a test that returns the error prints its `Debug` output.
impl fmt::Debug for SetupError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl std::error::Error for SetupError {}

impl From<SetupError> for io::Error {
    fn from(error: SetupError) -> Self {
        Self::new(Self::from(error.errno).kind(), error)
    }
}

/// A [`SetupError`] in the child.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failure<'p> {
    pub(crate) step: Step,
    pub(crate) call: Call,
    pub(crate) errno: Errno,
    pub(crate) subject: Option<&'p Subject>,
}

/// The path of a step: as passed to the kernel and, if it differs, as written in the test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) path: CString,
    pub(crate) asked: Option<CString>,
}

impl Subject {
    /// Takes the absolute path, and the written path if it differs.
    pub(crate) fn new(path: &Path, written: Option<&Path>) -> Result<Self, SetupError> {
        let checked = |path: &Path| {
            c_string(path).map_err(|errno| {
                SetupError::new(Step::Prepare, Call::Check, errno)
                    .at(path)
                    .because("a path can't contain a NUL byte: remove it")
            })
        };
        let asked = written
            .filter(|written| *written != path)
            .map(checked)
            .transpose()?;
        Ok(Self {
            path: checked(path)?,
            asked,
        })
    }

    pub(crate) fn path(&self) -> &CStr {
        &self.path
    }

    pub(crate) fn to_path(&self) -> PathBuf {
        OsStr::from_bytes(self.path.to_bytes()).into()
    }
}

/// Adds the step and the call to an errno.
pub(crate) trait At<T> {
    fn at(self, step: Step, call: Call) -> Result<T, Failure<'static>>;
    fn at_path(self, step: Step, call: Call, subject: &Subject) -> Result<T, Failure<'_>>;
}

impl<T> At<T> for Result<T, Errno> {
    fn at(self, step: Step, call: Call) -> Result<T, Failure<'static>> {
        self.map_err(|errno| Failure {
            step,
            call,
            errno,
            subject: None,
        })
    }

    fn at_path(self, step: Step, call: Call, subject: &Subject) -> Result<T, Failure<'_>> {
        self.map_err(|errno| Failure {
            step,
            call,
            errno,
            subject: Some(subject),
        })
    }
}

impl<T> At<T> for nix::Result<T> {
    fn at(self, step: Step, call: Call) -> Result<T, Failure<'static>> {
        self.map_err(Errno::from_nix).at(step, call)
    }

    fn at_path(self, step: Step, call: Call, subject: &Subject) -> Result<T, Failure<'_>> {
        self.map_err(Errno::from_nix).at_path(step, call, subject)
    }
}
