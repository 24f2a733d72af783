//! Other platforms, for which this machine has only std; and Miri, which has no processes.

use std::env;

use libtest_mimic::{Completion, Failed};
use ns_test_suite::fixture::{Check, Transcript};
use ns_test_suite::outer::Outer;
use ns_test_suite::toolchain;

const TARGETS: [&str; 2] = [
    "--test=elsewhere_with_libtest",
    "--test=elsewhere_without_libtest",
];

/// Checks that everything compiles for other platforms, without a warning.
pub(crate) fn compiles(tooled: &Outer) -> Result<Completion, Failed> {
    let own = toolchain::own()?;
    let systems = [
        "x86_64-apple-darwin",
        "x86_64-pc-windows-msvc",
        "aarch64-unknown-linux-gnu",
    ];
    let there: Vec<_> = systems
        .iter()
        .filter(|system| toolchain::has_target(&own, system))
        .collect();
    if there.is_empty() {
        return Ok(Completion::ignored_with(format!(
            "std is not installed for any of {systems:?}"
        )));
    }
    for system in there {
        let mut check = tooled.cargo(["check", "--target", system, TARGETS[0], TARGETS[1]]);
        let check = Transcript::of(check.env("RUSTFLAGS", "-D warnings"));
        check.verify(check.code == Some(0), system)?;
    }
    Ok(Completion::Completed)
}

/// Checks that annotated tests are ignored with the reason, with libtest and without, and that a
/// plain test runs.
pub(crate) fn miri(tooled: &Outer) -> Result<Completion, Failed> {
    let Some(nightly) = toolchain::nightly().filter(|nightly| nightly.join("bin/miri").exists())
    else {
        return Ok(Completion::ignored_with(
            "there is no nightly toolchain with Miri",
        ));
    };
    // Where Miri keeps its std.
    let cache = tooled.directory.join("target");
    let mut setup = tooled.cargo_of(&nightly, ["miri", "setup"]);
    // Miri builds that std from crates that nothing else needs.
    setup
        .env("XDG_CACHE_HOME", &cache)
        .env_remove("CARGO_NET_OFFLINE");
    let setup = Transcript::of(&mut setup);
    if setup.code != Some(0) && env::var_os("CI").is_none() {
        return Ok(Completion::ignored_with("Miri's std can't be built here"));
    }
    setup.verify(setup.code == Some(0), "a std for Miri")?;
    let run = |target, arguments: &[&str]| {
        let mut cargo = tooled.cargo_of(&nightly, ["miri", "test", target, "--"]);
        cargo.args(arguments).env("XDG_CACHE_HOME", &cache);
        Transcript::of(&mut cargo)
    };
    let [with, without] = TARGETS.map(|target| run(target, &[]));
    all_ignored(&with, ["ignored, ", ""], 1)?;
    all_ignored(&without, ["ignored (", ")"], 0)?;
    for target in TARGETS {
        let forced = run(target, &["needs_them", "--include-ignored"]);
        let words = "the test did not run: it needs Linux namespaces";
        forced.verify(
            forced.text.contains(words) && forced.code != Some(0),
            "no success",
        )?;
    }
    Ok(Completion::Completed)
}

/// Checks that each test is ignored for its own reason, which the two harnesses print in two ways.
fn all_ignored(run: &Transcript, [before, after]: [&str; 2], passed: usize) -> Check {
    for (name, reason) in [
        ("needs_them", "needs Linux namespaces"),
        ("panics", "needs Linux namespaces"),
        ("takes_long", "it takes a minute"),
    ] {
        let begin = format!("test elsewhere::{name} ");
        let line = run.text.lines().find(|line| line.starts_with(&begin));
        let ignored = line.is_some_and(|line| line.ends_with(&format!("{before}{reason}{after}")));
        run.verify(ignored, &format!("{name}, ignored: {reason}"))?;
    }
    let result = format!("{passed} passed; 0 failed; 3 ignored");
    run.verify(run.text.contains(&result) && run.code == Some(0), &result)
}
