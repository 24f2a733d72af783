//! The functions that have `#[ns_test]` in the source files, as [`main!`](crate::main) read them at compile time.
//!
//! The table of tests has what rustc kept. Without libtest rustc drops a function below `#[core::prelude::v1::test]`
//! before `#[ns_test]` is expanded, so that only the sources know of it.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::test::Test;

/// The functions of one file.
struct Source {
    /// As `file!()` has it.
    file: String,
    /// Name, and the first and the last line that the place of its tests can have.
    functions: &'static [(&'static str, u32, u32)],
}

static SOURCES: Mutex<Vec<Source>> = Mutex::new(Vec::new());

/// Notes the functions of a file. Called first in `main`.
///
/// `file` is relative to the directory of `main`, the file with the `main!()`.
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

/// Returns the noted functions of which no test is here, each with its place.
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

/// `file:line:column`
fn line(place: &str) -> Option<(&str, u32)> {
    let (file_and_line, _column) = place.rsplit_once(':')?;
    let (file, line) = file_and_line.rsplit_once(':')?;
    Some((file, line.parse().ok()?))
}
