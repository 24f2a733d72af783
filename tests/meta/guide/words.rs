//! A reminder of this project's English: words to avoid, and what to write instead. It checks the
//! prose of all pages, and the comments of the sources.

use std::fs;
use std::path::{Path, PathBuf};

use ns_test_suite::fixture::Check;

use crate::page::{self, Page};

/// A word or phrase in lower case, and its replacement.
#[rustfmt::skip]
const WORDS: &[(&str, &str)] = &[
    ("nobody", "say who, or use the passive; as a user's name write `nobody`"),
    ("somebody", "say who: a process, a user, another test"),
    ("besides", "also"),
    ("is told", "receives, is notified, or: the report says"),
    ("are told", "receive, are notified, or: the report says"),
    ("stands for itself", "is"),
    ("cures", "remedies"),
    ("cure", "remedy"),
    ("strays", "leftover processes"),
    ("dear", "expensive"),
    ("of docker's", "Docker's, or: in a Docker container"),
    ("what hurts", "the problem"),
    ("brings what it needs", "also enables what it depends on"),
    ("one by itself", "one alone"),
    ("to be had", "available"),
    ("can't be had", "is not available"),
    ("has it that", "say what happens"),
    ("is of no use", "is useless, or: has no effect"),
    ("off the line", "from the control socket"),
];

/// Headings that name no topic.
const HEADINGS: &[&str] = &[
    "What hurts",
    "Who may",
    "To repeat it",
    "The arrows",
    "Elsewhere",
];

/// Fails if a page has one of the words or headings.
pub(crate) fn of_pages(pages: &[Page]) -> Check {
    let mut found = Vec::new();
    for page in pages {
        for (number, line) in &page.prose {
            let place = page.place(*number);
            found.extend(words_in(line).map(|advice| format!("{place}: {advice}")));
            let heading = line.trim_start_matches('#').trim();
            if line.starts_with('#') && HEADINGS.iter().any(|bad| heading.starts_with(bad)) {
                found.push(format!("{place}: the heading `{heading}` names no topic"));
            }
        }
    }
    verdict(&found)
}

/// Returns whether no comment of the sources has one of the words.
pub(crate) fn of_comments(_: &[Page]) -> Check {
    let mut found = Vec::new();
    for directory in ["runtime/src", "macros/src", "tests", "examples"] {
        for file in sources(&page::repository().join(directory)) {
            // This file has the words themselves.
            if file.ends_with("guide/words.rs") {
                continue;
            }
            let text = fs::read_to_string(&file)?;
            for (line, number) in text.lines().zip(1..) {
                let Some((_, comment)) = line.split_once("//") else {
                    continue;
                };
                let place = format!("{}:{number}", file.display());
                found.extend(words_in(comment).map(|advice| format!("{place}: {advice}")));
            }
        }
    }
    verdict(&found)
}

fn verdict(found: &[String]) -> Check {
    match found.is_empty() {
        true => Ok(()),
        false => Err(found.join("\n").into()),
    }
}

/// Returns the advice for each listed word in the line, outside of code.
fn words_in(line: &str) -> impl Iterator<Item = String> {
    let prose: String = line.split('`').step_by(2).collect();
    let prose = prose.to_lowercase();
    let has = move |word: &str| {
        prose.match_indices(word).any(|(at, _)| {
            let before = prose[..at].chars().next_back();
            let after = prose[at + word.len()..].chars().next();
            let ends = |letter: Option<char>| !letter.is_some_and(char::is_alphanumeric);
            ends(before) && ends(after)
        })
    };
    let found = WORDS.iter().filter(move |(word, _)| has(word));
    found.map(|(word, instead)| format!("`{word}`: {instead}"))
}

fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).expect("it is there").flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("target") {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            files.push(path);
        }
    }
    files
}
