//! No files of the runtime, or of the macros, use each other.

use std::path::PathBuf;

use libtest_mimic::Trial;
use ns_test_suite::fixture::Check;

use super::imports::{Imports, cycle};
use super::sources::{macros, runtime};

pub(super) fn trials() -> [Trial; 2] {
    [
        Trial::test("no_files_use_each_other", no_files_use_each_other),
        Trial::test("a_cycle_is_found", a_cycle_is_found),
    ]
}

/// Checks that no files use each other, not even within a folder: a file can be read before those
/// that use it.
fn no_files_use_each_other() -> Check {
    for sources in [runtime(), macros()] {
        if let Some(cycle) = cycle(&Imports::of(&sources).graph()) {
            let names: Vec<String> = cycle
                .iter()
                .map(|file| file.display().to_string())
                .collect();
            return Err(format!("a cycle: {}", names.join(" uses ")).into());
        }
    }
    Ok(())
}

/// Shows that the check can fail: through re-exports of a `mod.rs`, through braces, through
/// `super`, and through the name of an imported folder.
fn a_cycle_is_found() -> Check {
    let sources = [
        ("upper/mod.rs", "mod high;\npub use high::*;"),
        (
            "upper/high.rs",
            "use crate::lower::{self, low::{Low, deep}};\npub struct High;",
        ),
        (
            "lower/mod.rs",
            "pub mod low;\nmod side;\npub use side::Side;",
        ),
        ("lower/low.rs", "use super::Side;"),
        (
            "lower/side.rs",
            "use crate::upper::{self};\nfn side() -> upper::High {}",
        ),
    ];
    let sources = sources.map(|(file, text)| (PathBuf::from(file), text.to_owned()));
    let imports = Imports::of(&sources);
    let cycle = cycle(&imports.graph()).ok_or("there is one")?;
    let files: Vec<_> = cycle.iter().filter_map(|file| file.to_str()).collect();
    let expected = [
        "lower/low.rs",
        "lower/side.rs",
        "upper/high.rs",
        "lower/low.rs",
    ];
    if files == expected {
        return Ok(());
    }
    Err(format!("{files:?}").into())
}
