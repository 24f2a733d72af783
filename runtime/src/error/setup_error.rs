//! What went wrong while a sandbox was made, typed to the last: the step, the call, the errno, the path.
//!
//! [`Failure`] is what the kernel's answer looks like in the child, where nothing may be allocated; [`SetupError`] is the
//! same on the harness's side, where a person will read it.

use std::ffi::{CStr, CString, OsStr};
use std::fmt;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::step::{Call, Step};
use super::{classification, overlay_rules, remedy};
pub use crate::sys::Errno;

/// Why a sandbox could not be made.
///
/// Its [`Display`](fmt::Display) fits behind "failed to": `mount an empty /tmp: mount(/tmp): EPERM (operation not permitted)`.
///
/// ```no_run
/// let missing = ns_test::Sandbox::new().bind("no/such/file", "/srv").command("true").status();
/// let error = missing.expect_err("there is nothing to mount");
/// assert_eq!(error.asked(), Some("no/such/file"));
/// eprintln!("failed to {error}");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SetupError {
    pub(crate) step: Step,
    pub(crate) call: Call,
    pub(crate) errno: Errno,
    pub(crate) path: Option<PathBuf>,
    pub(crate) asked: Option<String>,
    pub(crate) note: Option<String>,
}

impl SetupError {
    /// What was being done.
    #[must_use]
    pub fn step(&self) -> Step {
        self.step
    }

    /// The call that was refused.
    #[must_use]
    pub fn call(&self) -> Call {
        self.call
    }

    /// The kernel's answer.
    #[must_use]
    pub fn errno(&self) -> Errno {
        self.errno
    }

    /// The absolute path that the call was about.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The path, or the id range, as the attribute or the builder had it, where that differs from [`path`](Self::path).
    #[must_use]
    pub fn asked(&self) -> Option<&str> {
        self.asked.as_deref()
    }

    /// What else is known: the words of a helper program, or the cure.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        let known = || remedy::of(self.step, self.call, self.errno, self.path());
        self.note.as_deref().or_else(known)
    }

    /// Whether the machine forbids a namespace, or what is made in it: nothing that the test asked for is missing.
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

    /// With the rule of the kernel that was broken, where that can be found out: for overlays, which are all refused alike.
    pub(crate) fn explained(mut self) -> Self {
        if self.step == Step::MountOverlay && self.note.is_none() {
            let layers = self.asked.as_deref();
            let lower: Vec<&Path> = match (layers, &self.path) {
                (Some(layers), _) => layers.split(':').map(Path::new).collect(),
                (None, Some(target)) => vec![target],
                (None, None) => Vec::new(),
            };
            self.note = overlay_rules::explain(self.errno, &lower);
        }
        self
    }

    pub(crate) fn at(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }

    pub(crate) fn asked_as(mut self, asked: impl Into<String>) -> Self {
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
            write!(out, "({})", path.display())?;
        }
        write!(out, ": {}", self.errno)?;
        match &self.asked {
            Some(layers) if self.step == Step::MountOverlay => {
                write!(out, "; its lower directories are `{layers}`")?;
            }
            Some(asked) => write!(out, "; asked for as `{asked}`")?,
            None => {}
        }
        if let Some(note) = self.note() {
            write!(out, "; {note}")?;
        }
        // Behind a note about something else.
        match remedy::of_resource(self.call, self.errno) {
            Some(remedy) if self.note.is_some() => write!(out, "; {remedy}"),
            _ => Ok(()),
        }
    }
}

/// The same words: a test that returns the error shows it so.
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

/// A [`SetupError`] in the making.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failure<'p> {
    pub(crate) step: Step,
    pub(crate) call: Call,
    pub(crate) errno: Errno,
    pub(crate) subject: Option<&'p Subject>,
}

/// A path that a step is about: as the kernel gets it and, where that differs, as the test asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) path: CString,
    pub(crate) asked: Option<CString>,
}

impl Subject {
    /// The absolute path, and how it was written where that is something else.
    pub(crate) fn new(path: &Path, written: Option<&Path>) -> Result<Self, SetupError> {
        let c_string = |path: &Path| {
            CString::new(path.as_os_str().as_bytes()).map_err(|_nul| {
                SetupError::new(Step::Prepare, Call::Check, Errno::INVAL)
                    .at(path)
                    .because("a path can't hold a NUL byte")
            })
        };
        let asked = written
            .filter(|written| *written != path)
            .map(c_string)
            .transpose()?;
        Ok(Self {
            path: c_string(path)?,
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

/// Says what an errno was the answer to.
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
