//! ARCHITECTURE.md names files, folders and functions: each exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use libtest_mimic::Trial;
use ns_test_suite::fixture::Check;

use super::sources::failed_unless_empty;

/// Where the document's files are.
const PLACES: [&str; 5] = ["runtime", "macros", "tests", "docs", "examples"];

pub(super) fn trials() -> [Trial; 3] {
    [
        Trial::test(
            "every_name_of_the_document_exists",
            every_name_of_the_document_exists,
        ),
        Trial::test("a_wrong_name_is_found", a_wrong_name_is_found),
        Trial::test("the_document_has_the_folders", the_document_has_the_folders),
    ]
}

fn every_name_of_the_document_exists() -> Check {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (mut paths, mut words) = (BTreeSet::new(), BTreeSet::new());
    for place in PLACES {
        collect(&root, Path::new(place), &mut paths, &mut words)?;
    }
    let document = fs::read_to_string(root.join("ARCHITECTURE.md"))?;
    let mistakes = mistakes(&document, &paths, &words);
    failed_unless_empty(&mistakes)
}

/// Shows that the check can fail.
fn a_wrong_name_is_found() -> Check {
    let document = "`init/run.rs`, `run.rs`, `init/`, `/proc`, `Plan::make` and `enter` exist.
`init/gone.rs`, `gone.rs`, `gone/`, `Plan::gone` and `gone` do not.
";
    let paths = ["runtime/src/init", "runtime/src/init/run.rs"].map(str::to_owned);
    let words = ["Plan", "make", "enter"].map(str::to_owned);
    let mistakes = mistakes(document, &paths.into(), &words.into());
    let expected = ["init/gone.rs", "gone.rs", "gone/", "Plan::gone", "gone"];
    let expected = expected.map(|name| format!("`{name}` does not exist"));
    if mistakes == expected {
        Ok(())
    } else {
        Err(format!("{mistakes:?}").into())
    }
}

/// The table of folders has those of the check, in its order.
fn the_document_has_the_folders() -> Check {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let document = fs::read_to_string(root.join("ARCHITECTURE.md"))?;
    let (_, table) = document
        .split_once("| folder | what it holds |")
        .ok_or("no table")?;
    let rows = table
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with('|'));
    let names = rows.filter_map(|row| row.split('`').nth(1));
    let folders: Vec<&str> = names
        .map(|name| name.trim_end_matches('/').trim_end_matches(".rs"))
        .collect();
    let expected: Vec<&str> = super::layers::ARROWS
        .iter()
        .map(|(name, _)| *name)
        .collect();
    if folders == expected {
        Ok(())
    } else {
        Err(format!("the table has {folders:?}, and the code {expected:?}").into())
    }
}

/// Returns the files and folders below `inside`, from the root of the repository, and the words of
/// the Rust code.
fn collect(
    root: &Path,
    inside: &Path,
    paths: &mut BTreeSet<String>,
    words: &mut BTreeSet<String>,
) -> Check {
    paths.insert(inside.display().to_string());
    let path = root.join(inside);
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            let name = entry?.file_name();
            if name != "target" {
                collect(root, &inside.join(name), paths, words)?;
            }
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        let text = fs::read_to_string(path)?;
        let letters = |letter: char| !letter.is_alphanumeric() && letter != '_';
        words.extend(text.split(letters).map(ToOwned::to_owned));
    }
    Ok(())
}

fn mistakes(document: &str, paths: &BTreeSet<String>, words: &BTreeSet<String>) -> Vec<String> {
    // A file of the kernel's source.
    const OTHERS: [&str; 1] = ["nf_nat"];
    let quoted = document.split('`').skip(1).step_by(2);
    quoted
        .filter(|name| !OTHERS.contains(name))
        .filter(|name| {
            let is_word = |part: &str| {
                !part.is_empty()
                    && part
                        .chars()
                        .all(|letter| letter.is_alphanumeric() || letter == '_')
            };
            let is_path = name.split('/').all(|part| {
                let letters = part.chars();
                letters
                    .clone()
                    .all(|letter| letter.is_alphanumeric() || "_-.".contains(letter))
            });
            if is_path && (name.contains('/') || name.ends_with(".rs")) {
                !name.starts_with('/') && !exists(name.trim_end_matches('/'), paths)
            } else if name.split("::").all(is_word) {
                !name.split("::").all(|part| words.contains(part))
            } else {
                false
            }
        })
        .map(|name| format!("`{name}` does not exist"))
        .collect()
}

/// Whether a path ends so, at the boundary of a name.
fn exists(end: &str, paths: &BTreeSet<String>) -> bool {
    let below = format!("/{end}");
    paths.contains(end) || paths.iter().any(|path| path.ends_with(&below))
}
