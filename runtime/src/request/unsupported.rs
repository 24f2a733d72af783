//! Systems without Linux namespaces, and Miri, which has no processes: the annotated tests are there by name, and are ignored.
//!
//! The linker's table of `sys/section.rs` is a thing of ELF, and Miri links nothing. So each test enters itself into a list, by a
//! constructor that every system (and Miri) calls before `main`.

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
    /// Puts it into the list. Called once for each, before `main`.
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

/// The names of all annotated functions, and why each is ignored: its own reason, if it has one.
pub(crate) fn tests() -> Vec<(String, &'static str)> {
    let entries = ENTRIES.lock().unwrap_or_else(PoisonError::into_inner);
    let tests = entries.iter();
    tests
        .map(|entry| (Test::name(entry.module, entry.name), entry.reason()))
        .collect()
}
