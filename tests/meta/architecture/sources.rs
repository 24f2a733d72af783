//! The source files that the checks read.

use std::fs;
use std::path::{Path, PathBuf};

use ns_test_suite::fixture::Check;

/// A file's path from its crate's root, and its text.
pub(super) type Source = (PathBuf, String);

/// Returns the source files of the runtime.
pub(super) fn runtime() -> Vec<Source> {
    below("runtime/src")
}

/// Returns the source files of the attribute.
pub(super) fn macros() -> Vec<Source> {
    below("macros/src")
}

fn below(directory: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(directory);
    let mut files = Vec::new();
    collect(&root, &root, &mut files);
    files
}

fn collect(root: &Path, directory: &Path, files: &mut Vec<Source>) {
    for entry in fs::read_dir(directory)
        .expect("the sources are there")
        .flatten()
    {
        let path = entry.path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let inside = path.strip_prefix(root).expect("it lies below").to_owned();
            files.push((inside, fs::read_to_string(&path).expect("it is text")));
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
