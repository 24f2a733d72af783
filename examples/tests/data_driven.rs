//! A data-driven suite: one test for each file of a directory.
//!
//! Without namespaces: these scripts mount file systems and rename the machine. Few people want to
//! run that on their own machine, least of all in parallel.
//!
//! `Harness::trial` defines a test at run time, in a `Sandbox` with the attribute's options.
//! `Sandbox::hermetic()` is bare `#[ns_test]`.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use ns_test::{Harness, Sandbox};

/// Checks a script's output. The expected output is in the file next to it that ends in `.out`.
fn says_what_it_should(script: &Path) -> Result<(), Box<dyn Error>> {
    let output = Command::new("sh").arg("-eu").arg(script).output()?;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(
        String::from_utf8(output.stdout)?,
        fs::read_to_string(script.with_extension("out"))?
    );
    Ok(())
}

fn scripts() -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir("tests/fixtures/scripts").expect("the directory is there");
    let paths = entries.map(|entry| entry.expect("it can be read").path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "sh"))
}

fn main() -> ExitCode {
    scripts()
        .fold(Harness::new(), |harness, script| {
            let name = script
                .file_stem()
                .map(|stem| stem.to_string_lossy().into_owned())
                .unwrap_or_default();
            harness.trial(name, Sandbox::hermetic(), move || {
                says_what_it_should(&script)
            })
        })
        .run()
}
