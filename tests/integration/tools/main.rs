//! Tools for running tests, and other platforms.

mod coverage;
mod debugger;
mod elsewhere;
mod sanitizer;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use ns_test_suite::host;
use ns_test_suite::outer::Outer;

fn main() -> ExitCode {
    // One by one: they share a target directory, which cargo locks.
    let arguments = Arguments {
        test_threads: Some(1),
        ..Arguments::from_args()
    };
    let trials = CHECKS.map(|(name, check)| {
        Trial::ignorable_test(name, move || {
            check(&Outer::write(
                "integration/tools/tooled",
                env!("CARGO_TARGET_TMPDIR"),
            )?)
        })
    });
    ns_test_suite::fixture::run_checks(&arguments, trials.into())
}

type CheckFunction = fn(&Outer) -> Result<Completion, Failed>;

const CHECKS: [(&str, CheckFunction); 7] = [
    ("coverage_counts_all", coverage::counts),
    ("coverage_that_collides", coverage::warning),
    ("cargo_llvm_cov", coverage::cargo_llvm_cov),
    ("address_sanitizer", sanitizer::address),
    ("gdb", debugger::stops),
    ("other_systems", elsewhere::compiles),
    ("miri", elsewhere::miri),
];

/// Returns the setpriv(1) arguments that start a program as this process's user, and as one without
/// privileges.
fn users() -> impl Iterator<Item = &'static [&'static str]> {
    const ORDINARY: &[&str] = &[
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        "--inh-caps=-all",
    ];
    let same: &[&str] = &["--inh-caps=-all"];
    [same]
        .into_iter()
        .chain(host::is_real_root().then_some(ORDINARY))
}
