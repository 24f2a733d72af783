//! A user's crate outside the workspace, under `cargo test` and under nextest.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use ns_test_suite::fixture::{Check, Transcript};
use ns_test_suite::outer::{NO_NEXTEST, Outer, has_nextest};
use ns_test_suite::toolchain;

fn main() -> ExitCode {
    let checks: [(&str, CheckFunction); 12] = [
        ("one_test", |outer| outer.test("net").passed(1).map(done)),
        ("a_hundred_at_once", |outer| {
            outer
                .test_with("many", &["--test-threads=100"])
                .passed(100)
                .map(done)
        }),
        ("names", |outer| names(outer).map(done)),
        ("a_renamed_dependency", |outer| {
            outer.test("renamed").passed(1)?;
            outer.test("by_manifest").passed(1).map(done)
        }),
        ("an_empty_target", |outer| {
            outer.test("empty").passed(0).map(done)
        }),
        ("below_tmp", |outer| below_tmp(outer).map(done)),
        ("link_time_optimization", |outer| optimized(outer).map(done)),
        ("panics_that_abort", |outer| {
            panics_that_abort(outer).map(done)
        }),
        ("without_default_features", |_| {
            sandboxes()?.test("sandboxed").passed(2).map(done)
        }),
        ("modules_behind_features", |_| {
            modules_behind_features(&sandboxes()?).map(done)
        }),
        ("two_versions", |outer| two_versions(outer).map(done)),
        ("nextest", nextest),
    ];
    // One by one: they share a target directory, which cargo locks.
    let arguments = Arguments {
        test_threads: Some(1),
        ..Arguments::from_args()
    };
    let trials =
        checks.map(|(name, check)| Trial::ignorable_test(name, move || check(&written()?)));
    ns_test_suite::fixture::run_checks(&arguments, trials.into())
}

type CheckFunction = fn(&Outer) -> Result<Completion, Failed>;

fn done((): ()) -> Completion {
    Completion::Completed
}

fn written() -> Result<Outer, Failed> {
    Outer::write("integration/user_crate/outer", env!("CARGO_TARGET_TMPDIR"))
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

/// Checks the attributes of two versions, which share a section: a version does not read the
/// other's records, and no test is dropped silently.
fn two_versions(outer: &Outer) -> Check {
    let run = Transcript::of(&mut outer.cargo([
        "test",
        "--features=two_versions",
        "--test=two_versions",
    ]));
    run.verify(
        run.text
            .contains("error: 1 test has the attribute of another version of ns-test"),
        "the error",
    )
}

/// Writes a crate that depends on ns-test without its default features.
fn sandboxes() -> Result<Outer, Failed> {
    Outer::write(
        "integration/user_crate/sandboxes",
        env!("CARGO_TARGET_TMPDIR"),
    )
}

/// Checks that the modules are not compiled without their features, and that rustc names the
/// feature.
fn modules_behind_features(outer: &Outer) -> Check {
    let run = Transcript::of(&mut outer.cargo(["test", "--features=gated", "--test=gated"]));
    for module in ["network", "service"] {
        let explained = [
            format!("could not find `{module}` in `ns_test`"),
            format!("gated behind the `{module}` feature"),
        ];
        run.verify(
            explained.iter().all(|text| run.text.contains(text)),
            "the error and the feature",
        )?;
    }
    Ok(())
}

/// Checks that all tests are found with link-time optimization.
fn optimized(outer: &Outer) -> Check {
    let run =
        Transcript::of(&mut outer.cargo(["test", "--release", "--test", "names", "--test", "net"]));
    run.passed(4)?;
    run.passed(1)
}

/// Checks tests built with `panic=abort`. cargo gets `--target`, because otherwise the option would
/// also apply to procedural macros, which can't be built with it.
fn panics_that_abort(outer: &Outer) -> Check {
    let host = toolchain::host_triple()?;
    let mut command = outer.cargo(["test", "--target", &host, "--test", "aborts"]);
    let run = Transcript::of(command.env("RUSTFLAGS", "-C panic=abort"));
    run.verify(
        run.text.contains("2 passed; 0 failed; 1 ignored") && run.code == Some(0),
        "the same verdicts",
    )
}

/// Checks a crate below /tmp: the binary and the sources are copied there.
fn below_tmp(outer: &Outer) -> Check {
    let binary = outer.binary(&["--test", "place"], "tests/place.rs")?;
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
    fs::create_dir_all(place.join("tests"))?;
    fs::copy(sources.join("tests/place.rs"), place.join("tests/place.rs"))?;
    Ok(Transcript::of(
        Command::new(target.join("place"))
            .current_dir(place)
            .env("CARGO_MANIFEST_DIR", place),
    ))
}

fn nextest(outer: &Outer) -> Result<Completion, Failed> {
    if !has_nextest()? {
        return Ok(Completion::ignored_with(NO_NEXTEST));
    }
    let run = Transcript::of(&mut outer.cargo(["nextest", "run", "--workspace"]));
    let all = run.text.contains("111 tests run: 111 passed, 0 skipped") && run.code == Some(0);
    run.verify(
        all && !run.text.contains("LEAK"),
        "111 tests, none of which leaks",
    )
    .map(done)
}
