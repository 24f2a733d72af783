//! The variables with which a user inspects the sandboxes of failed tests.

use std::env;

/// The values of `NS_TEST_STATE`, `NS_TEST_KEEP` and `NS_TEST_SHELL`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DebugOptions {
    pub(crate) state: bool,
    pub(crate) keep: bool,
    pub(crate) shell: bool,
}

impl DebugOptions {
    pub(crate) fn of_this_process() -> Self {
        let is_set =
            |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
        Self {
            state: is_set("NS_TEST_STATE"),
            keep: is_set("NS_TEST_KEEP"),
            shell: is_set("NS_TEST_SHELL"),
        }
    }

    pub(crate) fn any(self) -> bool {
        self.state || self.is_interactive()
    }

    /// Returns whether the user gets a prompt or a shell: then tests run one at a time.
    pub(crate) fn is_interactive(self) -> bool {
        self.keep || self.shell
    }
}
