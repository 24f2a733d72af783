//! `-C instrument-coverage`: all lines that ran in sandboxes are counted, whatever file the counts
//! go to.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use libtest_mimic::{Completion, Failed};
use ns_test_suite::fixture::{Check, Transcript};
use ns_test_suite::outer::Outer;
use ns_test_suite::toolchain;

use crate::users;

/// The functions that the tests call, each its own.
const CALLED: [&str; 9] = [
    "of_user",
    "of_tmp",
    "of_pid",
    "of_another_pid",
    "of_uid_1000",
    "of_read_only",
    "of_host",
    "of_panic",
    "of_exit",
];

pub(crate) fn counts(tooled: &Outer) -> Result<Completion, Failed> {
    let Some(tools) = Tools::find()? else {
        return Ok(Completion::ignored_with(
            "the component llvm-tools is not installed",
        ));
    };
    for name in ["coverage_with_libtest", "coverage_without_libtest"] {
        // Without a target, cargo would also instrument the macros, which would then write their
        // counts next to their sources.
        let target = toolchain::host_triple()?;
        let mut cargo = tooled.cargo(["test", "--no-run", "--target", &target, "--test", name]);
        cargo.env("RUSTFLAGS", "-C instrument-coverage");
        let binary = tooled.built_by(&mut cargo, &format!("tests/{name}.rs"))?;
        let own = format!("ns-test-coverage-{}", std::process::id());
        let below_target = binary.parent().ok_or("it lies in a directory")?.join(&own);
        // A private /tmp hides the first one, only `ro` protects the second.
        for place in [
            env::temp_dir().join(&own),
            Path::new("/var/tmp").join(&own),
            below_target,
        ] {
            for user in users() {
                let told = tools.called(tooled, &binary, user, &place);
                fs::remove_dir_all(&place)?;
                compare(&told?, &place)?;
            }
        }
    }
    Ok(Completion::Completed)
}

fn compare(told: &BTreeSet<&str>, place: &Path) -> Check {
    match *told == BTreeSet::from(CALLED) {
        true => Ok(()),
        false => Err(format!("by the counts in {} only {told:?} ran", place.display()).into()),
    }
}

/// LLVM's two programs.
struct Tools {
    profdata: PathBuf,
    cov: PathBuf,
}

impl Tools {
    fn find() -> Result<Option<Self>, Failed> {
        let directory = toolchain::own()?
            .join("lib/rustlib")
            .join(toolchain::host_triple()?)
            .join("bin");
        let [profdata, cov] = ["llvm-profdata", "llvm-cov"].map(|name| directory.join(name));
        Ok((profdata.exists() && cov.exists()).then_some(Self { profdata, cov }))
    }

    /// Runs the tests, and asks LLVM which functions of the crate have been called.
    fn called(
        &self,
        tooled: &Outer,
        binary: &Path,
        user: &[&str],
        place: &Path,
    ) -> Result<BTreeSet<&'static str>, Failed> {
        fs::create_dir_all(place)?;
        fs::set_permissions(place, PermissionsExt::from_mode(0o777))?;
        let mut command = Command::new("setpriv");
        command
            .args(user)
            .arg(binary)
            .args(["--include-ignored", "--test-threads=4"])
            .current_dir(&tooled.directory)
            .env("LLVM_PROFILE_FILE", place.join("%p-%m.profraw"));
        let run = Transcript::of(&mut command);
        run.verify(
            run.text.contains("8 passed; 1 failed"),
            "all but the one that exits",
        )?;
        run.verify(!run.text.contains("LLVM_PROFILE_FILE"), "no warning")?;
        let merged = place.join("merged");
        let profiles = fs::read_dir(place)?.flatten().map(|entry| entry.path());
        let mut merge = Command::new(&self.profdata);
        merge
            .args(["merge", "-sparse", "-o"])
            .arg(&merged)
            .args(profiles);
        let merge = Transcript::of(&mut merge);
        merge.verify(merge.code == Some(0), "whole profiles")?;
        let mut export = Command::new(&self.cov);
        export
            .args(["export", "--format=lcov", "--instr-profile"])
            .arg(&merged)
            .arg(binary);
        Ok(called_in(&Transcript::of(&mut export).text))
    }
}

/// Returns the called functions from lcov's lines: `FNDA:count,mangled name`.
fn called_in(lcov: &str) -> BTreeSet<&'static str> {
    let lines = lcov
        .lines()
        .filter_map(|line| line.strip_prefix("FNDA:")?.split_once(','));
    let called: Vec<&str> = lines
        .filter(|(count, _)| *count != "0")
        .map(|(_, name)| name)
        .collect();
    let names = CALLED.into_iter().chain(["of_no_test"]);
    let is_called = |name: &&str| {
        let mangled = format!("6tooled{}{name}", name.len());
        called.iter().any(|other| other.contains(&mangled))
    };
    names.filter(is_called).collect()
}

/// Checks that the harness warns about a profile name without `%m`, which has no lock.
pub(crate) fn warning(tooled: &Outer) -> Result<Completion, Failed> {
    for name in ["coverage_with_libtest", "coverage_without_libtest"] {
        let binary = tooled.binary(&["--test", name], &format!("tests/{name}.rs"))?;
        for (pattern, warns) in [
            ("%p.profraw", true),
            ("a", true),
            ("%m", false),
            ("%p-%4m.profraw", false),
        ] {
            let mut command = Command::new(&binary);
            command
                .arg("in_a_user")
                .current_dir(&tooled.directory)
                .env("LLVM_PROFILE_FILE", pattern);
            let run = Transcript::of(&mut command);
            run.passed(1)?;
            let warned = run.text.contains("warning: LLVM_PROFILE_FILE has no %m");
            run.verify(warned == warns, &format!("a warning of {pattern}: {warns}"))?;
        }
    }
    Ok(Completion::Completed)
}

/// Checks coverage by cargo-llvm-cov, the most common program for it.
pub(crate) fn cargo_llvm_cov(tooled: &Outer) -> Result<Completion, Failed> {
    if Transcript::of(&mut tooled.cargo(["llvm-cov", "--version"])).code != Some(0) {
        return Ok(Completion::ignored_with("cargo-llvm-cov is not installed"));
    }
    for name in ["coverage_with_libtest", "coverage_without_libtest"] {
        let run = Transcript::of(&mut tooled.cargo(["llvm-cov", "--lcov", "--test", name]));
        let told = called_in(&run.text);
        run.verify(
            told == CALLED[..7].iter().copied().collect(),
            "all but the ignored one",
        )?;
    }
    Ok(Completion::Completed)
}
