//! Shell lines: the things that they name exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use ns_test_suite::fixture::Check;

use crate::page::{self, Page};

/// The variable that rewrites golden files. Only contributors to ns-test need it.
const OF_THE_SUITE: &str = "NS_TEST_BLESS";

/// The variable that ns-test sets for the constructors of a test binary.
const FOR_CONSTRUCTORS: &str = "NS_TEST_HARNESS";

/// The prefix of the suite's own variables.
const PREFIX_OF_THE_SUITE: &str = "NS_TEST_SUITE_";

/// Checks that every variable on a page exists. Another name is a typo, or belongs to an old
/// version.
pub(crate) fn variables_are_known(pages: &[Page]) -> Check {
    let help = fs::read_to_string(page::repository().join("runtime/src/report/help.txt"))?;
    let mut known = variables(&help);
    known.extend([OF_THE_SUITE, FOR_CONSTRUCTORS].map(str::to_owned));
    let mut named = BTreeSet::new();
    for page in pages {
        let texts = page.blocks.iter().map(|block| (block.line, &block.text));
        let lines = page.prose.iter().map(|(line, text)| (*line, text));
        for (line, text) in texts.chain(lines) {
            let of_users = |variable: &String| !variable.starts_with(PREFIX_OF_THE_SUITE);
            for variable in variables(text).into_iter().filter(of_users) {
                if !known.contains(&variable) {
                    return Err(format!("{}: {variable}", page.place(line)).into());
                }
                named.insert(variable);
            }
        }
    }
    match known.difference(&named).next() {
        None => Ok(()),
        Some(untold) => Err(format!("no page tells of {untold}").into()),
    }
}

fn variables(text: &str) -> BTreeSet<String> {
    let is_part = |letter: char| letter.is_ascii_uppercase() || letter == '_';
    let words = text.split(|letter| !is_part(letter));
    words
        .filter(|word| word.starts_with("NS_TEST_") && word.len() > "NS_TEST_".len())
        .map(|word| word.trim_end_matches('_').to_owned())
        .collect()
}

/// Checks that each `cargo` line names a command, and (with `-p` or `--example`) a package and an
/// example of this repository.
pub(crate) fn commands_exist(pages: &[Page]) -> Check {
    let listed = Command::new(env!("CARGO")).arg("--list").output()?;
    let listed = String::from_utf8(listed.stdout)?;
    let mut known: BTreeSet<&str> = listed
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    // Separate tools, which may not be installed.
    known.extend(["nextest", "llvm-cov", "miri"]);
    for page in pages {
        for block in page.blocks.iter().filter(|block| block.kind == "sh") {
            for (line, number) in block.text.lines().zip(block.line..) {
                check(line, &known).map_err(|why| format!("{}: {why}", page.place(number)))?;
            }
        }
    }
    Ok(())
}

fn check(line: &str, known: &BTreeSet<&str>) -> Result<(), String> {
    let code = line.split(" # ").next().unwrap_or(line);
    let mut words = code
        .split_whitespace()
        .skip_while(|word| *word != "cargo")
        .skip(1)
        .filter(|word| !word.starts_with('+'));
    let Some(command) = words.next() else {
        return Ok(());
    };
    if !known.contains(command) {
        return Err(format!("cargo has no `{command}`"));
    }
    let words: Vec<&str> = words.take_while(|word| *word != "--").collect();
    let value = |key: &str| words.iter().skip_while(|word| **word != key).nth(1);
    let repository = page::repository();
    let package = match value("-p") {
        None => return Ok(()),
        Some(&"ns-test") => "runtime",
        Some(&"ns-test-examples") => "examples",
        Some(&"ns-test-suite") => "tests",
        Some(other) => return Err(format!("there is no package `{other}`")),
    };
    let is_there = |example: &str| {
        let file = format!("{example}.rs");
        [Path::new("examples").join(&file), file.into()]
            .iter()
            .any(|path| repository.join(package).join(path).exists())
    };
    match value("--example") {
        Some(example) if !is_there(example) => Err(format!("{package} has no example `{example}`")),
        _ => Ok(()),
    }
}

/// Checks that no page recommends an outdated version.
pub(crate) fn versions_are_ours(pages: &[Page]) -> Check {
    let mut seen = 0;
    for page in pages {
        for block in page.blocks.iter().filter(|block| block.kind == "toml") {
            for line in block.text.lines() {
                let Some(version) = line.strip_prefix("ns-test = ") else {
                    continue;
                };
                seen += 1;
                let version = version.trim_matches('"');
                if !env!("CARGO_PKG_VERSION").starts_with(&format!("{version}.")) {
                    return Err(format!("{}: `{line}`", page.place(block.line)).into());
                }
            }
        }
    }
    match seen {
        0 => Err("no page says how to depend on ns-test".into()),
        _ => Ok(()),
    }
}
