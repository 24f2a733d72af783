//! What `env(..)` makes of the caller's variables: the one rule, for tests and for commands.

use std::env;
use std::ffi::{OsStr, OsString};

use crate::request::spec::Env;

/// A variable, and its new value; `None` removes it.
pub(crate) type Change = (OsString, Option<OsString>);

/// All changes to the variables of this process, in the order in which they are to be made; with one of `TMPDIR` where that is set
/// and /tmp is private.
pub(crate) fn changes(asked: &Env, moves_tmpdir: bool) -> Vec<Change> {
    let clears = asked.clear || !asked.keep.is_empty();
    let kept = |key: &OsStr| !clears || asked.keep.iter().any(|kept| OsStr::new(&**kept) == key);
    let mut changes: Vec<Change> = Vec::new();
    if clears {
        let names = env::vars_os().map(|(key, _)| key);
        changes.extend(names.filter(|key| !kept(key)).map(|key| (key, None)));
    }
    if moves_tmpdir && kept(OsStr::new("TMPDIR")) {
        // What it names is not there any more, or is shared with other tests.
        changes.push(("TMPDIR".into(), Some("/tmp".into())));
    }
    let set = asked.set.iter();
    changes.extend(set.map(|(key, value)| ((**key).into(), Some((**value).into()))));
    changes
}
