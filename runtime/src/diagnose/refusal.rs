//! What a machine refuses, and why.

use std::fmt;

use crate::error::SetupError;

use super::cause::Cause;
use super::requirement::Requirement;

/// What this machine refuses to tests, with the cause, the evidence for it, and the cure.
///
/// Its [`Display`](fmt::Display) is the whole diagnosis, several lines long. It may name more than one cause: where nothing on the
/// machine decides between them, it says so and does not guess.
///
/// ```no_run
/// use ns_test::{Cause, Sandbox};
///
/// match Sandbox::new().time().probe() {
///     Ok(()) => {}
///     Err(refusal) if refusal.cause() == Some(Cause::NotBuilt) => eprintln!("this kernel has no time namespaces"),
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

/// What may have refused it: the cause, if it is the only one.
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
    /// What is refused; all that rests on it is refused with it.
    #[must_use]
    pub fn what(&self) -> &[Requirement] {
        &self.what
    }

    /// The step that failed first, with the call and the kernel's answer.
    #[must_use]
    pub fn error(&self) -> &SetupError {
        &self.error
    }

    /// The cause, if there is no doubt.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        match &*self.suspects {
            [only] => Some(only.cause),
            _ => None,
        }
    }

    /// All causes that it can be: one as a rule, none if the machine shows nothing that explains it.
    #[must_use]
    pub fn suspects(&self) -> &[Suspect] {
        &self.suspects
    }

    /// In few words, for one line about one of the things that are refused.
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
    /// What it is.
    #[must_use]
    pub fn cause(&self) -> Cause {
        self.cause
    }

    /// The files and values that speak for it.
    #[must_use]
    pub fn evidence(&self) -> &[String] {
        &self.evidence
    }

    /// The command, or the setting, that lifts it.
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
            return out.write_str(
                "\n    cause: unknown: nothing that is known to refuse it is to be seen here",
            );
        }
        for (number, suspect) in self.suspects.iter().enumerate() {
            let or = if number == 0 { "" } else { "or " };
            write!(out, "\n    {or}{suspect}")?;
        }
        if self.suspects.len() > 1 {
            out.write_str("\n    nothing here decides between them")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

/// "a, b and c".
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
             call: failed to make the namespaces: clone3: EIO (input/output error)\n    \
             cause: unknown: nothing that is known to refuse it is to be seen here"
        );
        assert_eq!(refusal.cause(), None);
        assert_eq!(
            refusal.summary(Requirement::Uts),
            "this machine refuses uts namespaces: make the namespaces: clone3: EIO (input/output error)"
        );
    }
}
