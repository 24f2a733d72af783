//! A crate outside the workspace, as a user has it, under `cargo test` and under nextest.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use ns_test_suite::fixture::{Check, Transcript};

fn main() -> ExitCode {
    let checks: [(&str, CheckFunction); 9] = [
        ("one_test", |outer| outer.test("net").passed(1).map(done)),
        ("a_hundred_at_once", |outer| {
            outer
                .test_with("many", &["--test-threads=100"])
                .passed(100)
                .map(done)
        }),
        ("names", |outer| names(outer).map(done)),
        ("a_renamed_dependency", |outer| {
            outer.test("renamed").passed(1).map(done)
        }),
        ("an_empty_target", |outer| {
            outer.test("empty").passed(0).map(done)
        }),
        ("below_tmp", |outer| below_tmp(outer).map(done)),
        ("link_time_optimization", |outer| optimized(outer).map(done)),
        ("panics_that_abort", |outer| {
            panics_that_abort(outer).map(done)
        }),
        ("nextest", nextest),
    ];
    // One by one: they share a target directory, which cargo locks.
    let arguments = Arguments {
        test_threads: Some(1),
        ..Arguments::from_args()
    };
    let trials =
        checks.map(|(name, check)| Trial::ignorable_test(name, move || check(&Outer::write()?)));
    libtest_mimic::run(&arguments, trials.into()).exit_code()
}

type CheckFunction = fn(&Outer) -> Result<Completion, Failed>;

fn done((): ()) -> Completion {
    Completion::Completed
}

/// The crate, written anew below the target directory.
struct Outer {
    directory: PathBuf,
}

impl Outer {
    fn write() -> Result<Self, Failed> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("outer");
        copy(&here.join("crates/outer"), &directory)?;
        remove_others(&directory.join("tests"), &here.join("crates/outer/tests"))?;
        let workspace = here.parent().ok_or("the suite lies in a workspace")?;
        for manifest in ["Cargo.toml", "renamed/Cargo.toml"].map(|file| directory.join(file)) {
            let text = fs::read_to_string(&manifest)?;
            fs::write(
                manifest,
                text.replace("WORKSPACE", &workspace.display().to_string()),
            )?;
        }
        // The same versions as in the workspace, which are there already.
        fs::copy(workspace.join("Cargo.lock"), directory.join("Cargo.lock"))?;
        Ok(Self { directory })
    }

    fn cargo<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO"));
        command
            .args(arguments)
            .current_dir(&self.directory)
            .env("CARGO_NET_OFFLINE", "true");
        command.env("CARGO_TARGET_DIR", self.directory.join("target"));
        let inherited = [
            "RUSTFLAGS",
            "RUST_TEST_THREADS",
            "RUST_BACKTRACE",
            "CARGO_MANIFEST_DIR",
        ];
        inherited.iter().fold(&mut command, |command, variable| {
            command.env_remove(variable)
        });
        command
    }

    fn test(&self, target: &str) -> Transcript {
        self.test_with(target, &[])
    }

    fn test_with(&self, target: &str, arguments: &[&str]) -> Transcript {
        let mut all = vec!["test", "--workspace", "--test", target, "--"];
        all.extend(arguments);
        Transcript::of(&mut self.cargo(all))
    }
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)?.flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else if fs::read(entry.path())? != fs::read(&target).unwrap_or_default() {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Removes what an earlier version of the crate had: cargo would find it.
fn remove_others(directory: &Path, source: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(directory)?.flatten() {
        if !source.join(entry.file_name()).exists() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn names(outer: &Outer) -> Check {
    let listed = outer.test_with("names", &["--list", "--format", "terse"]);
    let names: Vec<&str> = listed
        .text
        .lines()
        .filter(|line| line.ends_with(": test"))
        .collect();
    let expected = [
        "inner::function: test",
        "inner::innermost::function: test",
        "r#match: test",
        "top: test",
    ];
    listed.verify(names == expected, "the names that libtest makes")?;
    outer.test("names").passed(4)
}

/// All tests are found when the linker sees through everything.
fn optimized(outer: &Outer) -> Check {
    let run =
        Transcript::of(&mut outer.cargo(["test", "--release", "--test", "names", "--test", "net"]));
    run.passed(4)?;
    run.passed(1)
}

/// For the target alone, which has to be named: procedural macros can't be built so.
fn panics_that_abort(outer: &Outer) -> Check {
    let host = host_triple()?;
    let mut command = outer.cargo(["test", "--target", &host, "--test", "aborts"]);
    let run = Transcript::of(command.env("RUSTFLAGS", "-C panic=abort"));
    run.verify(
        run.text.contains("2 passed; 0 failed; 1 ignored") && run.code == Some(0),
        "the same verdicts",
    )
}

fn host_triple() -> Result<String, Failed> {
    let version = Command::new("rustc").arg("-vV").output()?;
    let text = String::from_utf8_lossy(&version.stdout).into_owned();
    let host = text
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(ToOwned::to_owned);
    host.ok_or_else(|| text.into())
}

/// The binary and the sources at a place below /tmp, as if the crate had been there from the beginning.
fn below_tmp(outer: &Outer) -> Check {
    let built = Transcript::of(&mut outer.cargo(["test", "--test", "place", "--no-run"]));
    let binary = built.text.lines().find_map(|line| {
        line.split("Executable tests/place.rs (")
            .nth(1)?
            .strip_suffix(')')
    });
    let binary = binary.ok_or_else(|| format!("no binary in {}", built.text))?;
    let binary = outer.directory.join(binary);
    let place = Path::new("/tmp").join(format!("ns-test-suite-{}", std::process::id()));
    let run = run_below(&binary, &outer.directory, &place);
    fs::remove_dir_all(&place)?;
    run?.passed(1)
}

fn run_below(binary: &Path, sources: &Path, place: &Path) -> Result<Transcript, Failed> {
    let target = place.join("target/debug/deps");
    fs::create_dir_all(&target)?;
    fs::write(place.join("target/CACHEDIR.TAG"), "")?;
    fs::copy(binary, target.join("place"))?;
    copy(&sources.join("tests"), &place.join("tests"))?;
    Ok(Transcript::of(
        Command::new(target.join("place"))
            .current_dir(place)
            .env("CARGO_MANIFEST_DIR", place),
    ))
}

fn nextest(outer: &Outer) -> Result<Completion, Failed> {
    if !Command::new(env!("CARGO"))
        .args(["nextest", "--version"])
        .output()?
        .status
        .success()
    {
        let why = "cargo-nextest is not installed";
        return if env::var_os("CI").is_some() {
            Err(why.into())
        } else {
            Ok(Completion::ignored_with(why))
        };
    }
    let mut command = outer.cargo(["nextest", "run", "--workspace"]);
    // Of the nextest that runs us, perhaps.
    for (variable, _) in env::vars().filter(|(variable, _)| variable.starts_with("NEXTEST")) {
        command.env_remove(variable);
    }
    let run = Transcript::of(&mut command);
    let all = run.text.contains("110 tests run: 110 passed, 0 skipped") && run.code == Some(0);
    run.verify(
        all && !run.text.contains("LEAK"),
        "110 tests, none of which leaks",
    )
    .map(done)
}
