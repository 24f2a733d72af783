//! The table of docs/unshare.md lists the options of the example and of the system's unshare(1).

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{run, says, text};

/// Returns the long options in a text.
fn long_options(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !(letter.is_ascii_lowercase() || letter == '-'));
    let long = words.filter(|word| word.starts_with("--") && word.len() > 2);
    long.map(ToOwned::to_owned).collect()
}

/// Returns the long options in the first column of the table of docs/unshare.md.
fn documented_options() -> BTreeSet<String> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/unshare.md");
    let page = fs::read_to_string(page).expect("the page is there");
    let rows = page.lines().filter(|line| line.starts_with("| `-"));
    long_options(
        &rows
            .filter_map(|row| row.split('|').nth(1))
            .collect::<String>(),
    )
}

/// Checks that the table of docs/unshare.md lists every option of the example, and no others.
#[test]
fn the_page_knows_every_option() {
    let mut known = long_options(&says(&["--help"]));
    known.remove("--help");
    assert_eq!(documented_options(), known);
}

/// Checks that every option of the system's unshare(1) has a row: a newer version may add options.
#[test]
fn the_page_knows_the_options_of_the_system() {
    let theirs = text(&run(Path::new("unshare"), &["--help"]).stdout);
    let theirs = long_options(&theirs);
    assert!(theirs.contains("--map-auto"), "{theirs:?}");
    let about_itself = ["--help", "--version"];
    let documented = documented_options();
    let missing: Vec<&String> = theirs
        .iter()
        .filter(|option| !documented.contains(*option) && !about_itself.contains(&&***option))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
