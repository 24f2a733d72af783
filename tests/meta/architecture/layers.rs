//! Each folder of the runtime uses only folders below it.

use std::collections::BTreeSet;
use std::path::Path;

use libtest_mimic::Trial;
use ns_test_suite::fixture::Check;

use super::sources::{failed_unless_empty, runtime};

/// A folder of the runtime, and the folders that it may use, from the top down: each uses only
/// folders below it.
#[rustfmt::skip]
pub(super) const ARROWS: &[(&str, &[&str])] = &[
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

pub(super) fn trials() -> [Trial; 4] {
    [
        Trial::test("imports_follow_the_arrows", imports_follow_the_arrows),
        Trial::test(
            "namespaces_do_not_know_each_other",
            namespaces_do_not_know_each_other,
        ),
        Trial::test("every_part_has_its_arrows", every_part_has_its_arrows),
        Trial::test("arrows_point_down", arrows_point_down),
    ]
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

fn imports_follow_the_arrows() -> Check {
    let mut mistakes = Vec::new();
    for (file, text) in runtime() {
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
const SHARED: &[&str] = &[
    "mod",
    "plan",
    "plan_again",
    "host",
    "delegation",
    "inherited",
    "affinity",
    "file",
];

fn namespaces_do_not_know_each_other() -> Check {
    let mut mistakes = Vec::new();
    for (file, text) in runtime() {
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

/// The most entries of a folder: a reader should see them at a glance.
const MOST_PARTS: usize = 16;

fn every_part_has_its_arrows() -> Check {
    let parts: BTreeSet<String> = runtime().iter().map(|(file, _)| part(file)).collect();
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
