//! Checks deny.toml's rules for the dependencies without cargo-deny, which takes minutes to build:
//! licences, one version of each crate, one registry. deny.toml has the list of licences.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Failed, Trial};
use ns_test_suite::fixture::Check;
use serde_json::Value;

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn main() -> ExitCode {
    let trials = vec![
        Trial::test("licences", licences),
        Trial::test("one_version_of_each", one_version_of_each),
        Trial::test("one_registry", one_registry),
        Trial::test("few_crates_for_a_user", few_crates_for_a_user),
        Trial::test("an_expression_is_allowed_or_not", expressions),
    ];
    ns_test_suite::fixture::run_checks(&Arguments::from_args(), trials)
}

fn packages() -> Result<Vec<Value>, Failed> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--offline", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()?;
    let mut metadata: Value = serde_json::from_slice(&output.stdout)
        .map_err(|_| String::from_utf8_lossy(&output.stderr).into_owned())?;
    match metadata["packages"].take() {
        Value::Array(packages) => Ok(packages),
        other => Err(format!("no packages but {other}").into()),
    }
}

fn text<'a>(package: &'a Value, key: &str) -> &'a str {
    package[key].as_str().unwrap_or_default()
}

fn licences() -> Check {
    let allowed = allowed()?;
    for package in packages()? {
        let licence = text(&package, "license");
        if !is_allowed(licence, &allowed) {
            return Err(format!("{}: licence `{licence}`", text(&package, "name")).into());
        }
    }
    Ok(())
}

/// Returns the licences in the line `allow = [..]` of deny.toml.
fn allowed() -> Result<Vec<String>, Failed> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deny.toml");
    let text = fs::read_to_string(file)?;
    let line = text.lines().find_map(|line| line.strip_prefix("allow = "));
    Ok(serde_json::from_str(
        line.ok_or("deny.toml allows nothing")?,
    )?)
}

/// Returns whether the licences are accepted. In `(A OR B) AND C`: each part joined by AND needs
/// one accepted name among those joined by OR. `/` is the old spelling of OR.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    expression.split(" AND ").all(|part| {
        let part = part.trim_matches(['(', ')']).replace(" OR ", "/");
        part.split('/')
            .any(|name| allowed.iter().any(|allowed| allowed == name))
    })
}

fn expressions() -> Check {
    let allowed = ["MIT", "Unicode-3.0"].map(str::to_owned);
    for (expression, is_so) in [
        ("MIT", true),
        ("Apache-2.0/MIT", true),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
        ("MIT AND GPL-3.0", false),
        ("GPL-3.0", false),
        ("", false),
    ] {
        if is_allowed(expression, &allowed) != is_so {
            return Err(format!("`{expression}`").into());
        }
    }
    Ok(())
}

fn one_version_of_each() -> Check {
    let mut versions = BTreeMap::new();
    for package in packages()? {
        let version = text(&package, "version").to_owned();
        if let Some(other) = versions.insert(text(&package, "name").to_owned(), version.clone()) {
            return Err(format!("{}: {other} and {version}", text(&package, "name")).into());
        }
    }
    Ok(())
}

/// The number of crates that a user of ns-test builds, ns-test and its macros included.
const MOST_CRATES: usize = 26;

fn few_crates_for_a_user() -> Check {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "--package=ns-test"])
        .args(["--edges=normal,build", "--prefix=none", "--format={p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()?;
    let tree = String::from_utf8(output.stdout)?;
    let crates: BTreeSet<&str> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| !name.is_empty())
        .collect();
    if !crates.contains("libtest-mimic") {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    if crates.len() > MOST_CRATES {
        return Err(format!("{} crates: {crates:?}", crates.len()).into());
    }
    Ok(())
}

/// Checks that all packages come from one registry. A package without a source is in this
/// workspace.
fn one_registry() -> Check {
    for package in packages()? {
        let source = &package["source"];
        let ours = text(&package, "name").starts_with("ns-test");
        if *source != REGISTRY && !(source.is_null() && ours) {
            return Err(format!("{} from {source}", text(&package, "name")).into());
        }
    }
    Ok(())
}
