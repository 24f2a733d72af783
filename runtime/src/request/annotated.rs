//! The functions with `#[ns_test]` in the source files, as [`main!`](crate::main) read them at
//! compile time.
//!
//! The table of tests contains only what rustc kept. Without libtest rustc drops a function below
//! `#[core::prelude::v1::test]` before it expands `#[ns_test]`. Only the sources then contain the
//! function.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::test::Test;

/// The annotated functions of one file.
struct Source {
    /// The path as `file!()` returns it.
    file: String,
    /// The name of each function, and the first and last line where its tests may be.
    functions: &'static [(&'static str, u32, u32)],
}

static SOURCES: Mutex<Vec<Source>> = Mutex::new(Vec::new());

/// Records the functions of a file. Called first in `main`.
///
/// `file` is relative to the directory of the file with the `main!()`.
pub fn annotated(
    main: &'static str,
    file: &'static str,
    functions: &'static [(&'static str, u32, u32)],
) {
    let directory = Path::new(main).parent().unwrap_or(Path::new(""));
    let file = directory.join(file).to_string_lossy().into_owned();
    let mut sources = SOURCES.lock().unwrap_or_else(PoisonError::into_inner);
    sources.push(Source { file, functions });
}

/// Returns the recorded functions that have no test in `tests`, each with its place.
pub(crate) fn dropped(tests: &[Test]) -> Vec<String> {
    let places: Vec<(&str, u32)> = tests
        .iter()
        .filter_map(Test::place)
        .filter_map(line)
        .collect();
    let sources = SOURCES.lock().unwrap_or_else(PoisonError::into_inner);
    let mut dropped = Vec::new();
    for Source { file, functions } in &*sources {
        let mut lines: Vec<u32> = places
            .iter()
            .filter(|(other, _)| other == file)
            .map(|(_, line)| *line)
            .collect();
        lines.sort_unstable();
        for (name, first, last) in *functions {
            let next = lines.partition_point(|line| line < first);
            if lines.get(next).is_none_or(|line| line > last) {
                dropped.push(format!("{name} ({file}:{last})"));
            }
        }
    }
    dropped
}

/// Parses `file:line:column`.
fn line(place: &str) -> Option<(&str, u32)> {
    let (file_and_line, _column) = place.rsplit_once(':')?;
    let (file, line) = file_and_line.rsplit_once(':')?;
    Some((file, line.parse().ok()?))
}
