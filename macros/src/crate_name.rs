//! The name of the ns-test dependency in the test's crate, if its Cargo.toml renames it.
//!
//! A macro cannot ask the compiler for it. So this module reads Cargo.toml line by line. The facts
//! it needs are on one line, or below one header. If it finds nothing, it assumes the usual name;
//! `crate = path` covers the remaining cases.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;
use std::{env, fs};

const USUAL: &str = "ns_test";

/// Returns the name for the crate that is being compiled.
pub(crate) fn name() -> String {
    let directory = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let manifest = Path::new(&directory).join("Cargo.toml");
    let changed = fs::metadata(&manifest)
        .and_then(|file| file.modified())
        .ok();
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    match &*last {
        Some(last) if (&last.manifest, last.changed) == (&manifest, changed) => last.name.clone(),
        _ => {
            let name = read(&manifest);
            *last = Some(Last {
                manifest,
                changed,
                name: name.clone(),
            });
            name
        }
    }
}

/// The last answer. A crate may have thousands of tests. An editor's process expands many crates,
/// and sees changes of their manifests.
struct Last {
    manifest: PathBuf,
    changed: Option<SystemTime>,
    name: String,
}

static LAST: Mutex<Option<Last>> = Mutex::new(None);

fn read(manifest: &Path) -> String {
    let manifest = fs::read_to_string(manifest);
    let renamed = manifest.ok().and_then(|manifest| find(&manifest));
    renamed.map_or_else(|| USUAL.to_owned(), |name| name.replace('-', "_"))
}

/// Returns the new name of the dependency. `None`: it has its own name, or is missing.
fn find(manifest: &str) -> Option<String> {
    let mut section = "";
    let mut renamed = None;
    for line in manifest.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[') {
            section = header.trim_end_matches(']');
        }
        let Some((dependency, rest)) = dependency(section, line) else {
            continue;
        };
        if dependency.replace('-', "_") == USUAL {
            return None;
        }
        let rest: String = rest.split_whitespace().collect();
        if rest.contains("package=\"ns-test\"") || rest.contains("package='ns-test'") {
            renamed = Some(dependency);
        }
    }
    renamed.map(ToOwned::to_owned)
}

/// Returns the dependency that a line describes, and its value: `name = ..`, `name.key = ..`, or a
/// line below `[dependencies.name]`.
fn dependency<'a>(section: &'a str, line: &'a str) -> Option<(&'a str, &'a str)> {
    let plain = |name: &'a str| name.trim().trim_matches(['"', '\'']);
    if section.ends_with("dependencies") {
        let end = line.find(['=', '.'])?;
        return Some((plain(&line[..end]), &line[end + 1..]));
    }
    let (_, name) = section.rsplit_once("dependencies.")?;
    Some((plain(name), line))
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn a_name_is_found_wherever_it_stands() {
        for manifest in [
            "[dev-dependencies]\nlab = { package = \"ns-test\", version = \"0.1\" }",
            "[dev-dependencies]\nlab.package = \"ns-test\"\nlab.version = \"0.1\"",
            "[target.'cfg(unix)'.dev-dependencies]\n\"lab\" = {package='ns-test'}",
            "[dev-dependencies.lab]\nversion = \"0.1\"\npackage = \"ns-test\"",
            "[dependencies]\nserde = \"1\"\n[dev-dependencies]\nlab = { path = \"..\", package = \"ns-test\" }\n[features]\na = []",
        ] {
            assert_eq!(find(manifest).as_deref(), Some("lab"), "{manifest}");
        }
    }

    #[test]
    fn its_own_name_is_none_of_these() {
        for manifest in [
            "[dev-dependencies]\nns-test = \"0.1\"",
            "[dev-dependencies]\nlab = { package = \"ns-test\" }\nns-test.workspace = true",
            "[dev-dependencies.ns-test]\nversion = \"0.1\"",
            "[package]\nname = \"ns-test\"\n[dependencies]\nlab = { package = \"ns-test-macros\" }",
            "",
        ] {
            assert_eq!(find(manifest), None, "{manifest}");
        }
    }
}
