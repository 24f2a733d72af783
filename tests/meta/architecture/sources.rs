//! The source files that the checks read.

use std::fs;
use std::path::{Path, PathBuf};

use ns_test_suite::fixture::Check;

/// A file's path from its crate's root, and its text.
pub(super) type Source = (PathBuf, String);

/// Returns the source files of the runtime.
pub(super) fn runtime() -> Vec<Source> {
    below("runtime/src", |_| true)
}

/// Returns the source files of the attribute.
pub(super) fn macros() -> Vec<Source> {
    below("macros/src", |_| true)
}

/// Returns each `mod.rs` below this directory of the repository.
pub(super) fn folders(directory: &str) -> Vec<Source> {
    below(directory, |file| file.ends_with("mod.rs"))
}

fn below(directory: &str, is_wanted: fn(&Path) -> bool) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(directory);
    let mut files = Vec::new();
    collect(&root, is_wanted, &mut files);
    let inside = |file: &Path| file.strip_prefix(&root).expect("it lies below").to_owned();
    let text = |file: &Path| fs::read_to_string(file).expect("it is text");
    files
        .iter()
        .map(|file| (inside(file), text(file)))
        .collect()
}

fn collect(directory: &Path, is_wanted: fn(&Path) -> bool, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(directory).expect("the sources are there");
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, is_wanted, files);
        } else if is_wanted(&path) {
            files.push(path);
        }
    }
}

pub(super) fn failed_unless_empty(mistakes: &[String]) -> Check {
    if mistakes.is_empty() {
        Ok(())
    } else {
        Err(mistakes.join("\n").into())
    }
}
