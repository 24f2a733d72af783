//! Optimizations that can be switched off one by one, to bisect a problem and to measure what each
//! saves.
//!
//! An optimization stays only if it saves a tenth of a test's processor time or wall time, on an
//! idle or on a busy machine. The kept plan saves less, and stays because debug builds need it to
//! keep their gate. The benchmark's part `optimizations` measures each;
//! docs/performance.md has the latest figures.

use std::env;

/// An optimization that can be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Optimization {
    /// Init runs in the launcher's memory.
    SharedInit,
    /// Launcher and init stay on one processor.
    PinnedCpu,
    /// A test with the last test's options uses its plan.
    KeptPlan,
}

/// The variable that lists, separated by commas, the optimizations to switch off.
pub(crate) const VARIABLE: &str = "NS_TEST_WITHOUT";

impl Optimization {
    const ALL: [Self; 3] = [Self::SharedInit, Self::PinnedCpu, Self::KeptPlan];

    fn name(self) -> &'static str {
        match self {
            Self::SharedInit => "shared-init",
            Self::PinnedCpu => "pinned-cpu",
            Self::KeptPlan => "kept-plan",
        }
    }

    /// Returns whether the variable leaves it on. Reads the environment: call it once per process.
    pub(crate) fn is_on(self) -> bool {
        let without = env::var(VARIABLE).unwrap_or_default();
        names(&without).all(|name| name != self.name())
    }

    /// Checks the value of the variable.
    ///
    /// # Errors
    /// Returns the first name that is not an optimization.
    pub(crate) fn check(without: &str) -> Result<(), String> {
        let known = Self::ALL.map(Self::name);
        match names(without).find(|name| !known.contains(name)) {
            None => Ok(()),
            Some(unknown) => Err(format!(
                "{VARIABLE} has `{unknown}`, should have names of {}",
                known.join(", ")
            )),
        }
    }
}

fn names(without: &str) -> impl Iterator<Item = &str> {
    without
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_names_are_refused() {
        assert_eq!(Optimization::check(""), Ok(()));
        assert_eq!(
            Optimization::check("shared-init, pinned-cpu, kept-plan"),
            Ok(())
        );
        let wrong = Optimization::check("pinned-cpu,shared").expect_err("there is no such part");
        assert!(
            wrong.contains("`shared`") && wrong.contains("shared-init"),
            "{wrong}"
        );
    }
}
