//! Parts that can be switched off, each alone: to bisect a problem, and to measure what a part saves.
//!
//! A part stays only if it saves a tenth of a test's processor time or wall time, or is needed for soundness. The benchmark's
//! part `optimizations` measures each; docs/performance.md has the last figures.

use std::env;

/// Such a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Optimization {
    /// Init runs in the launcher's memory.
    SharedInit,
    /// Launcher and init stay on one processor.
    PinnedCpu,
    /// A fork server makes replacements for launchers that were killed.
    StandbyServer,
    /// The table of tests is in memory that a fork does not copy.
    SharedTable,
}

/// The variable that switches them off, by name, with commas between the names.
pub(crate) const VARIABLE: &str = "NS_TEST_WITHOUT";

impl Optimization {
    const ALL: [Self; 4] = [
        Self::SharedInit,
        Self::PinnedCpu,
        Self::StandbyServer,
        Self::SharedTable,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::SharedInit => "shared-init",
            Self::PinnedCpu => "pinned-cpu",
            Self::StandbyServer => "standby-server",
            Self::SharedTable => "shared-table",
        }
    }

    /// Returns whether nothing switches it off. Reads the environment: once for a process is enough.
    pub(crate) fn is_on(self) -> bool {
        let without = env::var(VARIABLE).unwrap_or_default();
        names(&without).all(|name| name != self.name())
    }

    /// Checks what the variable says.
    ///
    /// # Errors
    /// The first name that is none.
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
        assert_eq!(Optimization::check("shared-init, pinned-cpu"), Ok(()));
        let wrong = Optimization::check("pinned-cpu,shared").expect_err("there is no such part");
        assert!(
            wrong.contains("`shared`") && wrong.contains("shared-table"),
            "{wrong}"
        );
    }
}
