//! The limits that a refused test has reached: `namespaces(7)`, "the /proc/sys/user directory".

use std::fs;

use crate::channel::request_socket::SpawnError;
use crate::error::Errno;
use crate::request::namespace::Namespace;

/// The limits for the namespaces of a refused test, and their values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamespaceLimits(Vec<(String, u64)>);

impl NamespaceLimits {
    /// Reads the limits for a refusal. `None`: no limit refused the test.
    pub(crate) fn of(spawn_error: SpawnError) -> Option<Self> {
        if spawn_error.errno != Errno::NOSPC {
            return None;
        }
        let mut limits = Vec::new();
        for namespace in Namespace::ALL {
            if u64::from(spawn_error.namespaces) & namespace.flag() != 0 {
                limits.extend(limit_of(namespace));
            }
        }
        Some(Self(limits))
    }

    /// Returns whether waiting is useless: a limit is 0.
    pub(crate) fn forbid(&self) -> bool {
        self.0.iter().any(|(_, most)| *most == 0)
    }

    /// Describes the limit that is 0, or else the smallest one. (The limit may be an ancestor
    /// namespace's, which is not visible here.)
    pub(crate) fn describe(&self) -> Option<String> {
        let (name, most) = self.0.iter().min_by_key(|(_, most)| *most)?;
        Some(format!("{name} is {most}"))
    }
}

/// Returns the name and the value of the sysctl that limits these namespaces.
fn limit_of(namespace: Namespace) -> Option<(String, u64)> {
    let text = fs::read_to_string(namespace.limit_file()).ok()?;
    Some((namespace.limit(), text.trim().parse().ok()?))
}
