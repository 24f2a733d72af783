//! A reminder of this project's English: words to avoid, and what to write instead. It checks the
//! prose of all pages, the comments and the names of functions in the sources, and the messages in
//! their string literals.

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
    ("stands in", "is in"),
    ("stands at", "is at"),
    ("stands for", "means"),
    ("stands outside", "is outside"),
    ("cures", "remedies"),
    ("cure", "remedy"),
    ("strays", "leftover processes"),
    ("stray", "leftover"),
    ("dear", "expensive"),
    ("of docker's", "Docker's, or: in a Docker container"),
    ("what hurts", "the problem"),
    ("brings", "enables, causes, or: sets"),
    ("one by itself", "one alone"),
    ("to be had", "available"),
    ("can't be had", "is not available"),
    ("has it that", "say what happens"),
    ("is of no use", "is useless, or: has no effect"),
    ("off the line", "from the control socket"),
    ("forbids it", "name what is forbidden: the call, the operation"),
    ("was built without it", "name what the kernel lacks"),
];

/// The width of a page's prose and of a comment, in columns.
const WIDTH: usize = 100;

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

/// Fails if a comment or the name of a function in the sources, or a message of the crates, has one
/// of the words.
pub(crate) fn of_sources(_: &[Page]) -> Check {
    let mut found = Vec::new();
    for directory in ["runtime/src", "macros/src", "tests", "examples"] {
        let has_messages = directory.ends_with("src");
        for (file, number, line) in lines_of(directory)? {
            let (code, comment) = split_comment(&line);
            let messages = code.split('"').skip(1).step_by(2);
            let texts = messages.filter(|_| has_messages).chain([comment]);
            let name = name_of_function(code).unwrap_or_default();
            let advice = texts.flat_map(words_in).chain(words_in(&name));
            found.extend(advice.map(|advice| format!("{}:{number}: {advice}", file.display())));
        }
    }
    verdict(&found)
}

/// Fails if prose on a page, or a comment, is wider than 100 columns. Tables can't be wrapped.
pub(crate) fn wrapping(pages: &[Page]) -> Check {
    let too_wide = |text: &str| text.chars().count() > WIDTH;
    let mut found = Vec::new();
    for page in pages {
        for (number, line) in &page.prose {
            if too_wide(line) && !line.starts_with(['|', '!']) {
                found.push(page.place(*number));
            }
        }
    }
    for directory in ["runtime", "macros/src", "tests", "examples"] {
        for (file, number, line) in lines_of(directory)? {
            let (code, comment) = split_comment(&line);
            let is_table = comment.trim_start_matches(['/', '!', ' ']).starts_with('|');
            let is_address = comment.contains("https://");
            if code.trim().is_empty() && too_wide(&line) && !is_table && !is_address {
                found.push(format!("{}:{number}", file.display()));
            }
        }
    }
    match found.is_empty() {
        true => Ok(()),
        false => Err(format!("wider than {WIDTH} columns:\n{}", found.join("\n")).into()),
    }
}

/// Returns the code and the comment of a line. The `//` of an address begins no comment.
fn split_comment(line: &str) -> (&str, &str) {
    let mut slashes = line.match_indices("//").map(|(at, _)| at);
    let start = slashes.find(|at| !line[..*at].ends_with(':'));
    line.split_at(start.unwrap_or(line.len()))
}

/// Returns every line of the Rust files below the directory, with its file and number.
fn lines_of(directory: &str) -> std::io::Result<Vec<(PathBuf, usize, String)>> {
    let mut all = Vec::new();
    for file in sources(&page::repository().join(directory)) {
        // This file has the words themselves.
        if !file.ends_with("guide/words.rs") {
            let text = fs::read_to_string(&file)?;
            let lines = text.lines().zip(1..);
            all.extend(lines.map(|(line, number)| (file.clone(), number, line.to_owned())));
        }
    }
    Ok(all)
}

/// Returns the words in the name of the function that the line declares, if it declares one.
fn name_of_function(code: &str) -> Option<String> {
    let (before, name) = code.split_once("fn ")?;
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    let end = name.find(|letter| !is_part(letter)).unwrap_or(name.len());
    let is_whole_word = before.is_empty() || before.ends_with(' ');
    is_whole_word.then(|| name[..end].replace('_', " "))
}

/// Shows that the check of names can fail.
pub(crate) fn a_word_in_a_name_is_found(_: &[Page]) -> Check {
    for (line, expected) in [
        ("fn a_mistake_is_told() {", 1),
        ("    pub(crate) const fn is_told(text: &str) -> bool {", 1),
        ("fn a_mistake_is_reported() {", 0),
        ("fn strayed() {", 0),
        ("let is_told = true;", 0),
        ("type CheckFunction = fn(&[Page]) -> Check;", 0),
    ] {
        let name = name_of_function(line).unwrap_or_default();
        assert_eq!(words_in(&name).count(), expected, "{line}");
    }
    Ok(())
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
