//! The public interface of ns-test, held by a list: a change of it is to be seen in a change's difference. `NS_TEST_BLESS=1`
//! writes the list anew.

mod listing;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use ns_test_suite::fixture::Check;
use ns_test_suite::golden;

use crate::listing::{Sources, listing};

const SUITE: &str = env!("CARGO_MANIFEST_DIR");

fn main() -> ExitCode {
    let trials = vec![
        Trial::test("is_listed", is_listed),
        Trial::test("what_is_removed_is_missed", what_is_removed_is_missed),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn is_listed() -> Check {
    let listing = listing(&sources()?)?;
    golden::compare(&Path::new(SUITE).join("api/golden.txt"), &listing)
}

/// The list can fail: without a method, or with another parameter, it is another list.
fn what_is_removed_is_missed() -> Check {
    let changes = [
        ("pub fn ipc(mut self)", "fn ipc(mut self)"),
        ("uid: u32, gid: u32", "uid: u64, gid: u32"),
        ("pub use spec::Offset;", ""),
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
