//! Compares the layers of ARCHITECTURE.md with the `use` lines of the code.
//!
//! Every target of the workspace has an upper bound, and the runtime has the words of the golden
//! files that only a virtual machine compares. Each raw call states why nix cannot serve, and what
//! ARCHITECTURE.md names exists.

mod bounds;
mod document;
mod fence;
mod imports;
mod messages;
mod raw_calls;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use ns_test_suite::fixture::Check;

use imports::{Imports, cycle};

/// A folder of the runtime, and the folders that it may use, from the top down: each uses only
/// folders below it.
#[rustfmt::skip]
const ARROWS: &[(&str, &[&str])] = &[
    ("lib", &["body", "command", "diagnose", "error", "harness", "network", "request", "service"]),
    ("harness", &["channel", "command", "diagnose", "error", "launcher", "outcome", "report", "request", "sandbox", "sys"]),
    ("report", &["diagnose", "error", "launcher", "network", "outcome", "request", "service", "channel", "sys"]),
    ("service", &["body", "channel", "command", "error", "init", "launcher", "network", "outcome", "request", "sandbox", "sys"]),
    ("network", &["body", "channel", "command", "diagnose", "error", "init", "launcher", "outcome", "request", "sandbox", "sys"]),
    ("outcome", &["body", "channel", "error", "request", "sandbox", "sys"]),
    ("launcher", &["channel", "error", "init", "request", "sandbox", "sys"]),
    ("command", &["body", "channel", "error", "init", "request", "sandbox", "sys"]),
    ("diagnose", &["channel", "error", "request", "sandbox", "sys"]),
    ("init", &["body", "channel", "error", "request", "sandbox", "sys"]),
    ("body", &["channel", "error", "request", "sandbox", "sys"]),
    ("sandbox", &["error", "request", "sys"]),
    ("channel", &["error", "sys"]),
    ("request", &["sys"]),
    ("error", &["sys"]),
    ("sys", &[]),
];

fn main() -> ExitCode {
    let mut trials = vec![
        Trial::test("imports_follow_the_arrows", imports_follow_the_arrows),
        Trial::test(
            "namespaces_do_not_know_each_other",
            namespaces_do_not_know_each_other,
        ),
        Trial::test("every_step_and_call_is_made", every_step_and_call_is_made),
        Trial::test("every_part_has_its_arrows", every_part_has_its_arrows),
        Trial::test("arrows_point_down", arrows_point_down),
        Trial::test("folders_only_declare", folders_only_declare),
        Trial::test("no_files_use_each_other", no_files_use_each_other),
        Trial::test("a_cycle_is_found", a_cycle_is_found),
        Trial::test(
            "every_target_has_an_upper_bound",
            bounds::every_target_has_an_upper_bound,
        ),
        Trial::test(
            "golden_files_of_kernels_have_the_words_of_the_runtime",
            messages::golden_files_of_kernels_have_the_words_of_the_runtime,
        ),
    ];
    trials.extend(document::trials());
    trials.extend(fence::trials());
    trials.extend(raw_calls::trials());
    ns_test_suite::fixture::run_checks(&Arguments::from_args(), trials)
}

/// Returns the source files of the runtime, and the text of each.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/src");
    let mut files = Vec::new();
    collect(&root, &root, &mut files);
    files
}

fn collect(root: &Path, directory: &Path, files: &mut Vec<(PathBuf, String)>) {
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

/// Returns the part of the runtime that a file belongs to: its name, or that of the directory.
fn part(file: &Path) -> String {
    let first = file.iter().next().expect("a path is not empty");
    Path::new(first).with_extension("").display().to_string()
}

/// Returns the parts that the text imports or names: the word after `crate::`, also in braces.
fn imports(text: &str) -> BTreeSet<String> {
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    // `$crate::` is used in macros, for users.
    let code = code.collect::<Vec<_>>().join("\n").replace("$crate::", "");
    let places = code
        .match_indices("crate::")
        .map(|(at, word)| &code[at + word.len()..]);
    let names = places.map(|rest| {
        rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
            .next()
    });
    names
        .flatten()
        .filter(|name| !name.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}

fn failed_unless_empty(mistakes: &[String]) -> Check {
    if mistakes.is_empty() {
        Ok(())
    } else {
        Err(mistakes.join("\n").into())
    }
}

fn imports_follow_the_arrows() -> Check {
    let mut mistakes = Vec::new();
    for (file, text) in sources() {
        let part = part(&file);
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == part) else {
            continue;
        };
        for import in imports(&text) {
            if import != part && !allowed.contains(&import.as_str()) {
                mistakes.push(format!(
                    "{} imports `{import}`, which `{part}` may not",
                    file.display()
                ));
            }
        }
    }
    failed_unless_empty(&mistakes)
}

/// Modules that all files of `sandbox/` may use: facts and data, no steps.
const SHARED: &[&str] = &["mod", "plan", "host", "delegation", "inherited"];

fn namespaces_do_not_know_each_other() -> Check {
    let mut mistakes = Vec::new();
    for (file, text) in sources() {
        let Ok(inside) = file.strip_prefix("sandbox") else {
            continue;
        };
        let own = part(inside);
        if SHARED.contains(&own.as_str()) {
            continue;
        }
        let below = |prefix: &str| {
            let names = text
                .match_indices(prefix)
                .map(|(at, _)| &text[at + prefix.len()..]);
            names
                .map(|rest| {
                    rest.chars()
                        .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
                        .collect::<String>()
                })
                .collect::<Vec<_>>()
        };
        // In a file of `sandbox/` itself, `super` is that folder. In a file of a subfolder, it has
        // the siblings.
        let mut named = below("crate::sandbox::");
        if inside.components().count() == 1 {
            named.extend(below("super::"));
        }
        for name in named {
            let is_own_test = name.is_empty() || name == "Plan";
            if name != own && !SHARED.contains(&name.as_str()) && !is_own_test {
                mistakes.push(format!("{} knows of `{name}`", file.display()));
            }
        }
    }
    failed_unless_empty(&mistakes)
}

/// Checks that code makes every variant of `Step` and `Call`. They are public, and another variant
/// would promise an error that never happens.
fn every_step_and_call_is_made() -> Check {
    let (errors, others): (Vec<_>, Vec<_>) = sources()
        .into_iter()
        .partition(|(file, _)| file.starts_with("error"));
    let definitions = errors
        .iter()
        .find(|(file, _)| file.ends_with("step.rs"))
        .ok_or("there is no step.rs")?;
    let (_, lists) = definitions.1.split_once("words! {").ok_or("no list")?;
    let mut kind = "";
    let mut mistakes = Vec::new();
    for line in lists.lines().map(str::trim) {
        if let Some(name) = line.strip_suffix(" {") {
            kind = name;
        } else if let Some((variant, _)) = line.split_once(" => ") {
            let path = format!("{kind}::{variant}");
            let is_made = |(_, text): &(PathBuf, String)| {
                text.match_indices(&path)
                    .any(|(at, _)| !text[at + path.len()..].starts_with(char::is_alphanumeric))
            };
            if !others.iter().any(is_made) {
                mistakes.push(format!("`{path}` is never made"));
            }
        }
    }
    if kind != "Call" {
        return Err(format!("the last list is `{kind}`").into());
    }
    failed_unless_empty(&mistakes)
}

/// The most entries of a folder: a reader should see them at a glance.
const MOST_PARTS: usize = 16;

fn every_part_has_its_arrows() -> Check {
    let parts: BTreeSet<String> = sources().iter().map(|(file, _)| part(file)).collect();
    let listed: BTreeSet<String> = ARROWS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut mistakes: Vec<String> = parts
        .symmetric_difference(&listed)
        .map(|name| format!("`{name}` is only in one of both"))
        .collect();
    if parts.len() > MOST_PARTS {
        mistakes.push(format!("{} entries are too many", parts.len()));
    }
    failed_unless_empty(&mistakes)
}

/// Checks that a `mod.rs` only declares and re-exports. An item in one would also hide from the
/// check for cycles.
fn folders_only_declare() -> Check {
    let items = [
        "fn", "struct", "enum", "trait", "impl", "type", "const", "static",
    ];
    let defines = |line: &&str| {
        let is_prefix = |word: &&str| matches!(*word, "pub" | "crate)" | "super)" | "unsafe");
        let mut words = line.split([' ', '<', '(']).skip_while(is_prefix);
        words.next().is_some_and(|word| items.contains(&word))
    };
    let folders = sources()
        .into_iter()
        .filter(|(file, _)| file.ends_with("mod.rs"));
    let mistakes: Vec<String> = folders
        .filter_map(|(file, text)| {
            let item = text.lines().find(defines)?;
            Some(format!("{}: `{item}`", file.display()))
        })
        .collect();
    failed_unless_empty(&mistakes)
}

/// Checks that a folder uses only those below it in the table.
fn arrows_point_down() -> Check {
    let mut mistakes = Vec::new();
    for (row, (name, allowed)) in ARROWS.iter().enumerate() {
        let below: Vec<&str> = ARROWS[row + 1..].iter().map(|(name, _)| *name).collect();
        let upwards = allowed.iter().filter(|other| !below.contains(other));
        mistakes.extend(upwards.map(|other| format!("`{other}` is not below `{name}`")));
    }
    failed_unless_empty(&mistakes)
}

/// Checks that no files use each other, not even within a folder: a file can be read before those
/// that use it.
fn no_files_use_each_other() -> Check {
    let sources = sources();
    let imports = Imports::of(&sources);
    match cycle(&imports.graph()) {
        None => Ok(()),
        Some(cycle) => {
            let names: Vec<String> = cycle
                .iter()
                .map(|file| file.display().to_string())
                .collect();
            Err(format!("a cycle: {}", names.join(" uses ")).into())
        }
    }
}

/// Shows that the check can fail: through re-exports of a `mod.rs`, through braces, through
/// `super`, and through the name of an imported folder.
fn a_cycle_is_found() -> Check {
    let sources = [
        ("upper/mod.rs", "mod high;\npub use high::*;"),
        (
            "upper/high.rs",
            "use crate::lower::{self, low::{Low, deep}};\npub struct High;",
        ),
        (
            "lower/mod.rs",
            "pub mod low;\nmod side;\npub use side::Side;",
        ),
        ("lower/low.rs", "use super::Side;"),
        (
            "lower/side.rs",
            "use crate::upper::{self};\nfn side() -> upper::High {}",
        ),
    ];
    let sources = sources.map(|(file, text)| (PathBuf::from(file), text.to_owned()));
    let imports = Imports::of(&sources);
    let cycle = cycle(&imports.graph()).ok_or("there is one")?;
    let files: Vec<_> = cycle.iter().filter_map(|file| file.to_str()).collect();
    let expected = [
        "lower/low.rs",
        "lower/side.rs",
        "upper/high.rs",
        "lower/low.rs",
    ];
    if files == expected {
        return Ok(());
    }
    Err(format!("{files:?}").into())
}
