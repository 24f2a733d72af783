//! The effect of `env(..)` on the caller's variables: one rule for tests and for commands.

use std::env;
use std::ffi::{OsStr, OsString};

use crate::request::spec::Env;

/// A variable and its new value; `None` removes it.
pub(crate) type Change = (OsString, Option<OsString>);

/// Returns all changes to this process's variables, in the order in which to make them. Includes
/// `TMPDIR` if that is set and /tmp is private.
pub(crate) fn changes(asked: &Env, moves_tmpdir: bool) -> Vec<Change> {
    let clears = asked.clear || !asked.keep.is_empty();
    let kept = |key: &OsStr| !clears || asked.keep.iter().any(|kept| **kept == *key);
    let mut changes: Vec<Change> = Vec::new();
    if clears {
        for (key, _) in env::vars_os() {
            if !kept(&key) {
                changes.push((key, None));
            }
        }
    }
    if moves_tmpdir && kept(OsStr::new("TMPDIR")) {
        // The directory that it names is no longer visible, or is shared with other tests.
        changes.push(("TMPDIR".into(), Some("/tmp".into())));
    }
    for (key, value) in &*asked.set {
        changes.push(((**key).into(), Some((**value).into())));
    }
    changes
}
