//! The name under which the crate of the tests knows this one, where its Cargo.toml gives it another.
//!
//! A macro can't ask the compiler for it. The file is read line by line: all that is wanted of it stands on one line, or below one
//! header. Where that finds nothing, the name is the usual one, and `crate = path` is there for all else.

use std::path::Path;
use std::{env, fs};

const USUAL: &str = "ns_test";

/// For the crate that is compiled.
pub(crate) fn name() -> String {
    let directory = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let manifest = fs::read_to_string(Path::new(&directory).join("Cargo.toml"));
    let renamed = manifest.ok().and_then(|manifest| find(&manifest));
    renamed.map_or_else(|| USUAL.to_owned(), |name| name.replace('-', "_"))
}

/// `None`: it goes by its own name, or is not there at all.
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

/// Which one a line is about, and what it says: `name = ..`, `name.key = ..`, or a line below `[dependencies.name]`.
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
