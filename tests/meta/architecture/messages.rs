//! The golden files of `tests/kernels` are compared in a virtual machine only, and rarely. Every
//! run checks that the runtime still has their words.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use ns_test_suite::fixture::Check;

use super::sources::{failed_unless_empty, runtime};

pub(super) fn golden_files_of_kernels_have_the_words_of_the_runtime() -> Check {
    let phrases: BTreeSet<String> = runtime()
        .iter()
        .flat_map(|(_, text)| phrases(text))
        .collect();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("kernels/golden");
    let (mut lines, mut mistakes) = (0, Vec::new());
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        for line in fs::read_to_string(&path)?
            .lines()
            .filter(|line| is_of_ns_test(line))
        {
            lines += 1;
            if let Some(word) = unknown(&words(line), &phrases) {
                mistakes.push(format!("{}: `{word}` in: {}", path.display(), line.trim()));
            }
        }
    }
    assert!(lines > 100, "only {lines} lines");
    failed_unless_empty(&mistakes)
}

/// Returns whether a line is a message of the runtime, and not of libtest or a name.
fn is_of_ns_test(line: &str) -> bool {
    let of_libtest = [
        "running ",
        "test ",
        "failures:",
        "---- ",
        "the test returned a ",
    ];
    line.trim().contains(' ') && !of_libtest.iter().any(|start| line.starts_with(start))
}

/// Returns the constant parts of the literals in a source file.
fn phrases(text: &str) -> Vec<String> {
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let code = code.collect::<Vec<_>>().join("\n");
    let code = code
        .replace("'\"'", "")
        .replace("\\\"", "")
        .replace("\\\n", " ")
        .replace("\\n", "{}");
    let literals = code.split('"').skip(1).step_by(2);
    literals
        .flat_map(|literal| literal.split(['{', '}']).step_by(2))
        .map(|part| words(part).join(" "))
        .collect()
}

/// Returns the words without punctuation. The system's text of an errno is in parentheses.
fn words(text: &str) -> Vec<&str> {
    let outside = text
        .split(['(', ')'])
        .step_by(2)
        .flat_map(str::split_whitespace);
    let words = outside.map(|word| word.trim_matches([',', '.', ':', ';', '`']));
    words.filter(|word| !word.is_empty()).collect()
}

/// Returns the first plain word that is in no phrase with its neighbours. Paths and numbers are
/// values.
fn unknown<'w>(words: &[&'w str], phrases: &BTreeSet<String>) -> Option<&'w str> {
    let mut from = 0;
    while from < words.len() {
        let length = (1..=words.len() - from)
            .rev()
            .find(|length| phrases.contains(&words[from..from + length].join(" ")));
        let is_plain = |word: &str| {
            word.chars()
                .all(|letter| letter.is_ascii_lowercase() || letter == '\'')
        };
        if length.is_none() && is_plain(words[from]) {
            return Some(words[from]);
        }
        from += length.unwrap_or(1);
    }
    None
}
