//! The machine's refusals and their causes.

use std::fmt;

use crate::error::SetupError;

use super::cause::Cause;
use super::requirement::Requirement;

/// A refusal of this machine, with its cause, the evidence for it, and the remedy.
///
/// Its [`Display`](fmt::Display) is the whole diagnosis, several lines long. If nothing on the
/// machine decides between several causes, it names all of them.
///
/// ```no_run
/// use ns_test::{Cause, Sandbox};
///
/// match Sandbox::new().time().probe() {
///     Ok(()) => {}
///     Err(refusal) if refusal.cause() == Some(Cause::NotBuilt) => {
///         eprintln!("this kernel has no time namespaces");
///     }
///     Err(refusal) => panic!("{refusal}"),
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    pub(super) what: Vec<Requirement>,
    pub(super) error: Box<SetupError>,
    pub(super) suspects: Vec<Suspect>,
}

/// A possible cause of a refusal. A single suspect is the cause.
///
/// ```no_run
/// if let Err(refusal) = ns_test::probe() {
///     for suspect in refusal.suspects() {
///         eprintln!("{}, by {:?}: {}", suspect.cause(), suspect.evidence(), suspect.remedy());
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Suspect {
    pub(super) cause: Cause,
    pub(super) evidence: Vec<String>,
    pub(super) remedy: String,
}

impl Refusal {
    /// Returns the refused requirements, including all that depend on them.
    #[must_use]
    pub fn what(&self) -> &[Requirement] {
        &self.what
    }

    /// Returns the first failed step, with the call and the kernel's answer.
    #[must_use]
    pub fn error(&self) -> &SetupError {
        &self.error
    }

    /// Returns the cause, if it is certain.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        match &*self.suspects {
            [only] => Some(only.cause),
            _ => None,
        }
    }

    /// Returns all possible causes: usually one, and none if nothing on the machine explains the
    /// refusal.
    #[must_use]
    pub fn suspects(&self) -> &[Suspect] {
        &self.suspects
    }

    /// Returns a short summary, for one line about one of the refused requirements.
    pub(crate) fn summary(&self, requirement: Requirement) -> String {
        let causes: Vec<String> = self
            .suspects
            .iter()
            .map(|suspect| suspect.cause.to_string())
            .collect();
        let why = match &*causes {
            [] => self.error.to_string(),
            causes => causes.join(", or "),
        };
        format!("this machine refuses {requirement}: {why}")
    }
}

impl Suspect {
    /// Returns the cause.
    #[must_use]
    pub fn cause(&self) -> Cause {
        self.cause
    }

    /// Returns the files and values that support it.
    #[must_use]
    pub fn evidence(&self) -> &[String] {
        &self.evidence
    }

    /// Returns the command, or the setting, that removes it.
    #[must_use]
    pub fn remedy(&self) -> &str {
        &self.remedy
    }
}

/// The cause, then a line for each piece of evidence and one for the remedy, indented for a report.
impl fmt::Display for Suspect {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "cause: {}", self.cause)?;
        for fact in &self.evidence {
            write!(out, "\n        evidence: {fact}")?;
        }
        write!(out, "\n        remedy: {}", self.remedy)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "this machine refuses {}", list(&self.what))?;
        write!(out, "\n    call: failed to {}", self.error)?;
        if self.suspects.is_empty() {
            return out.write_str("\n    cause: unknown (no known restriction was detected)");
        }
        for (number, suspect) in self.suspects.iter().enumerate() {
            let or = if number == 0 { "" } else { "or " };
            write!(out, "\n    {or}{suspect}")?;
        }
        if self.suspects.len() > 1 {
            out.write_str("\n    the evidence does not show which of these applies")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

/// Joins the names: "a, b and c".
fn list(requirements: &[Requirement]) -> String {
    let names: Vec<String> = requirements.iter().map(ToString::to_string).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Call, Errno, Step};

    #[test]
    fn what_nothing_explains_is_called_so() {
        let refusal = Refusal {
            what: vec![Requirement::Ipc, Requirement::Uts, Requirement::Time],
            error: Box::new(SetupError::new(
                Step::MakeNamespaces,
                Call::Clone3,
                Errno::IO,
            )),
            suspects: Vec::new(),
        };
        assert_eq!(
            refusal.to_string(),
            "this machine refuses ipc namespaces, uts namespaces and time namespaces\n    \
             call: failed to create the namespaces: clone3: EIO (input/output error)\n    \
             cause: unknown (no known restriction was detected)"
        );
        assert_eq!(refusal.cause(), None);
        assert_eq!(
            refusal.summary(Requirement::Uts),
            "this machine refuses uts namespaces: create the namespaces: clone3: EIO (input/output error)"
        );
    }
}
