//! The functions with `#[ns_test]` in the source files, as [`main!`](crate::main) read them at
//! compile time.
//!
//! The table of tests contains only what rustc kept. Without libtest rustc drops a function below
//! `#[core::prelude::v1::test]` before it expands `#[ns_test]`. Only the sources then contain the
//! function.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::case::Case;

/// The annotated functions of one file.
struct Source {
    /// The path as `file!()` returns it.
    file: String,
    /// The names of the functions, one per line.
    names: &'static str,
    /// For each function, the first and the last line where its tests may be.
    lines: &'static [u32],
}

static SOURCES: Mutex<Vec<Source>> = Mutex::new(Vec::new());

/// Records the functions of a file. Called first in `main`.
///
/// `file` is relative to the directory of the file with the `main!()`.
pub fn annotated(
    main: &'static str,
    file: &'static str,
    names: &'static str,
    lines: &'static [u32],
) {
    let directory = Path::new(main).parent().unwrap_or(Path::new(""));
    let file = directory.join(file).to_string_lossy().into_owned();
    let mut sources = SOURCES.lock().unwrap_or_else(PoisonError::into_inner);
    sources.push(Source { file, names, lines });
}

/// Returns the recorded functions that have no test in the table, each with its place.
pub(crate) fn dropped(cases: &[&Case]) -> Vec<String> {
    let sources = SOURCES.lock().unwrap_or_else(PoisonError::into_inner);
    let files = lines_with_tests(cases);
    let mut dropped = Vec::new();
    for Source { file, names, lines } in &*sources {
        let has_test = files.iter().find(|(other, _)| other == file);
        let has_test = has_test.map_or(&[][..], |(_, has_test)| has_test);
        for (number, lines) in lines.chunks_exact(2).enumerate() {
            let [first, last] = [lines[0], lines[1]];
            let end = has_test.len().min(last as usize + 1);
            let start = end.min(first as usize);
            if !has_test[start..end].contains(&true) {
                let name = names.split('\n').nth(number).unwrap_or_default();
                dropped.push(format!("{name} ({file}:{last})"));
            }
        }
    }
    dropped
}

/// Returns for each file, by number of the line, whether a test is there.
///
/// Neither sorts nor hashes: this runs at the start of every process, and a debug build may have
/// ten thousand tests.
fn lines_with_tests<'a>(cases: &[&'a Case]) -> Vec<(&'a str, Vec<bool>)> {
    let mut files: Vec<(&str, Vec<bool>)> = Vec::new();
    let mut last = 0;
    for case in cases {
        // The table has the tests of one file in succession, for the most part.
        if files.is_empty() || files[last].0 != case.file {
            let known = files.iter().position(|(file, _)| *file == case.file);
            last = known.unwrap_or(files.len());
            if known.is_none() {
                files.push((case.file, Vec::new()));
            }
        }
        let (_, lines) = &mut files[last];
        let line = case.line as usize;
        if lines.len() <= line {
            lines.resize(2 * line + 1, false);
        }
        lines[line] = true;
    }
    files
}
