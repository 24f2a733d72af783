//! Systems without Linux namespaces, and Miri, which has no processes. The annotated tests are
//! listed by name and ignored.
//!
//! The linker's table of `sys/section.rs` exists only in ELF, and Miri does not link. So each test
//! adds itself to a list, by a constructor that every system (and Miri) calls before `main`.

use std::sync::{Mutex, PoisonError};

use super::case::Ignore;
use super::test::Test;

/// Why no test runs.
pub(crate) const REASON: &str = "needs Linux namespaces";

/// One annotated function.
#[derive(Debug)]
#[expect(missing_docs, reason = "hidden from users: the attribute makes it")]
pub struct Entry {
    /// `module_path!()` of the function.
    pub module: &'static str,
    /// The function's name as written.
    pub name: &'static str,
    pub ignore: Ignore,
}

static ENTRIES: Mutex<Vec<&'static Entry>> = Mutex::new(Vec::new());

impl Entry {
    /// Adds it to the list. Called once for each test, before `main`.
    pub fn enter(&'static self) {
        let mut entries = ENTRIES.lock().unwrap_or_else(PoisonError::into_inner);
        entries.push(self);
    }

    fn reason(&self) -> &'static str {
        match self.ignore {
            Ignore::Because(reason) => reason,
            Ignore::Yes | Ignore::No => REASON,
        }
    }
}

/// Returns the names of all annotated functions, each with the reason why it is ignored: its own
/// reason, if it has one.
pub(crate) fn tests() -> Vec<(String, &'static str)> {
    let entries = ENTRIES.lock().unwrap_or_else(PoisonError::into_inner);
    let tests = entries.iter();
    tests
        .map(|entry| (Test::name(entry.module, entry.name), entry.reason()))
        .collect()
}
