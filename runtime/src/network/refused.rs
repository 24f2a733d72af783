//! A step of the build that the kernel refuses.

use std::fmt;

use crate::sys::Errno;

/// A refused step: the step, the call, the kernel's answer, and the remedy if one is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub(super) step: &'static str,
    pub(super) call: &'static str,
    pub(super) errno: Errno,
    pub(super) subject: Option<String>,
    pub(super) note: Option<String>,
}

impl Refused {
    pub(super) fn new(step: &'static str, call: &'static str, errno: Errno) -> Self {
        Self {
            step,
            call,
            errno,
            subject: None,
            note: None,
        }
    }

    pub(super) fn of(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    pub(super) fn because(mut self, note: impl Into<String>) -> Self {
        self.note.get_or_insert_with(|| note.into());
        self
    }

    /// Explains the answer of a kernel that lacks what the step needs, unless the kernel did so.
    pub(super) fn if_unsupported(self, note: &str) -> Self {
        if self.errno == Errno::OPNOTSUPP {
            self.because(note)
        } else {
            self
        }
    }

    /// Returns the step that failed: `make the network namespace of a host`.
    #[must_use]
    pub fn step(&self) -> &'static str {
        self.step
    }

    /// Returns the refused call, as its manual page names it.
    #[must_use]
    pub fn call(&self) -> &'static str {
        self.call
    }

    /// Returns the kernel's answer.
    #[must_use]
    pub fn errno(&self) -> Errno {
        self.errno
    }

    /// Returns the host, link or path that the call was for, if there is one.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// Returns the cause and the remedy, where they are known.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "failed to {}", self.step)?;
        if let Some(subject) = &self.subject {
            write!(out, " ({subject})")?;
        }
        write!(out, ": {}: {}", self.call, self.errno)?;
        self.note
            .as_ref()
            .map_or(Ok(()), |note| write!(out, "; {note}"))
    }
}
