//! The public interface of ns-test, compared with a list: a change of the interface shows in a
//! commit's diff. `NS_TEST_BLESS=1` writes the list anew.

mod listing;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use ns_test_suite::fixture::Check;
use ns_test_suite::golden;

use crate::listing::{Sources, imported_from, listing};

const SUITE: &str = env!("CARGO_MANIFEST_DIR");

fn main() -> ExitCode {
    let trials = vec![
        Trial::test("is_listed", is_listed),
        Trial::test("what_is_removed_is_missed", what_is_removed_is_missed),
        Trial::test("nothing_of_nix_is_public", nothing_of_nix_is_public),
        Trial::test(
            "a_public_type_of_nix_is_found",
            a_public_type_of_nix_is_found,
        ),
    ];
    ns_test_suite::fixture::run_checks(&Arguments::from_args(), trials)
}

fn is_listed() -> Check {
    let listing = listing(&sources()?)?;
    golden::compare(&Path::new(SUITE).join("meta/api/golden.txt"), &listing)
}

/// Shows that the check can fail: without a method, or with another parameter, the list differs.
fn what_is_removed_is_missed() -> Check {
    let changes = [
        ("pub fn ipc(mut self)", "fn ipc(mut self)"),
        ("uid: u32, gid: u32", "uid: u64, gid: u32"),
        ("pub use request::spec::Offset;", ""),
    ];
    let before = listing(&sources()?)?;
    for (old, new) in changes {
        let mut sources = sources()?;
        for (_, text) in &mut sources {
            *text = text.replace(old, new);
        }
        if listing(&sources)? == before {
            return Err(format!("`{new}` for `{old}` is not to be seen").into());
        }
    }
    Ok(())
}

fn nothing_of_nix_is_public() -> Check {
    match &from_nix(&sources()?)?[..] {
        [] => Ok(()),
        lines => Err(lines.join("\n").into()),
    }
}

fn a_public_type_of_nix_is_found() -> Check {
    let additions = [
        "impl From<nix::errno::Errno> for Errno { fn from(errno: nix::errno::Errno) -> Self { Self(0) } }",
        "use nix::unistd::Pid; impl Errno { pub fn of(pid: Pid) -> Self { Self(0) } }",
        "use nix::{sched, sys::stat::{Mode as Bits}}; impl Errno { pub fn of(mode: Bits) -> Self { Self(0) } }",
    ];
    for addition in additions {
        let mut sources = sources()?;
        sources.push(("added.rs".into(), addition.to_owned()));
        if from_nix(&sources)?.is_empty() {
            return Err(format!("not found: {addition}").into());
        }
    }
    Ok(())
}

/// Returns the lines of the public interface that name an item of nix.
fn from_nix(sources: &Sources) -> Result<Vec<String>, Failed> {
    let (libs, files): (Sources, Sources) = sources
        .iter()
        .cloned()
        .partition(|(path, _)| path.as_os_str() == "lib.rs");
    let mut found = Vec::new();
    for (path, text) in files {
        let imported = imported_from(&text, &["nix", "libc"])?;
        let mut alone = libs.clone();
        alone.push((path.clone(), text));
        for line in listing(&alone)?.lines() {
            let mut words = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
            if !line.starts_with("use ") && words.any(|word| imported.contains(word)) {
                found.push(format!("{}: {line}", path.display()));
            }
        }
    }
    Ok(found)
}

fn sources() -> io::Result<Sources> {
    let root = Path::new(SUITE).join("../runtime/src");
    let mut sources = Sources::new();
    collect(&root, &root, &mut sources)?;
    Ok(sources)
}

fn collect(root: &Path, directory: &Path, sources: &mut Sources) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, sources)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let below: PathBuf = path.strip_prefix(root).map_err(io::Error::other)?.into();
            sources.push((below, fs::read_to_string(&path)?));
        }
    }
    Ok(())
}
