//! Annotated tests under libtest: in `src/`, and in test targets without `harness = false`. Their
//! endings and reports equal those without libtest. cargo's and nextest's ways to run them work.

mod both;
mod debug_options;
mod flags;
mod life;
mod nextest;
mod prepared;

use std::env;
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use ns_test_suite::fixture::{Check, Transcript};
use ns_test_suite::host;
use ns_test_suite::outer::Outer;

/// The role of this binary in a jail, where a container engine's filter refuses namespaces.
const JAILED: &str = "NS_TEST_SUITE_JAILED";

/// The lock file of the key in `mixed/serial.rs`.
const SERIAL_LOCK: &str = "mixed_3a_20what_20is_20shared";

fn main() -> ExitCode {
    if let Some(program) = env::var_os(JAILED) {
        let error = life::become_jailed(&program);
        panic!("no jail: {error}");
    }
    // One by one: they share a target directory, which cargo locks.
    let arguments = Arguments {
        test_threads: Some(1),
        ..Arguments::from_args()
    };
    let plain = CHECKS
        .iter()
        .map(|(name, check)| Trial::test(*name, move || check(&mixed()?)));
    let by_nextest = CHECKS_BY_NEXTEST
        .iter()
        .map(|(name, check)| Trial::ignorable_test(*name, move || check(&mixed()?)));
    let trials = plain.chain(by_nextest).collect();
    ns_test_suite::fixture::run_checks(&arguments, trials)
}

fn mixed() -> Result<Outer, Failed> {
    Outer::write("integration/libtest/mixed", env!("CARGO_TARGET_TMPDIR"))
}

type CheckFunction = fn(&Outer) -> Check;
type NextestFunction = fn(&Outer) -> Result<Completion, Failed>;

const CHECKS: &[(&str, CheckFunction)] = &[
    ("same_names", both::names),
    ("same_endings", both::endings),
    ("same_tests_by_the_same_flags", flags::choice),
    ("output_by_flags", flags::output),
    ("same_verdicts_by_unstable_flags", flags::unstable),
    ("state_of_a_failed_test", debug_options::state),
    ("kept_sandbox_can_be_entered", debug_options::keep),
    ("shell_in_a_failed_test", debug_options::shell),
    ("an_ordinary_user", life::ordinary_user),
    ("many_at_once", life::many),
    ("more_than_the_limit_at_once", life::more_than_the_limit),
    ("nothing_is_left", life::nothing_is_left),
    ("registered_twice", life::twice),
    ("doctor_instead_of_tests", life::doctor),
    ("files_of_no_size", life::files_of_no_size),
    ("refused", life::refused),
    (
        "never_passes_without_running",
        life::never_passes_without_running,
    ),
    ("one_at_a_time", life::one_at_a_time),
    ("prepared_once", prepared::once),
];

/// The checks that are ignored if nextest is not installed.
const CHECKS_BY_NEXTEST: &[(&str, NextestFunction)] = &[
    ("nextest_runs", nextest::runs),
    ("nextest_runs_one_at_a_time", nextest::one_at_a_time),
    ("nextest_runs_networks", nextest::networks),
    ("nextest_names_signals", nextest::signals),
    ("nextest_retries", nextest::retries),
    ("nextest_partitions", nextest::partitions),
    ("nextest_runs_an_archive_elsewhere", nextest::archive),
    (
        "nextest_runs_parts_of_an_archive",
        nextest::parts_of_an_archive,
    ),
    ("nextest_ends_what_is_slow", nextest::slow),
    ("nextest_writes_junit", nextest::junit),
    ("nextest_prepares_once", prepared::once_by_nextest),
    (
        "nextest_prepares_once_for_partitions",
        prepared::partitioned,
    ),
    ("nextest_prepares_where_an_archive_runs", prepared::archived),
];

/// The three targets with the same tests: cargo's arguments for each, and its source file.
const UNIT: (&[&str], &str) = (&["--lib"], "src/lib.rs");
const WITH: (&[&str], &str) = (&["--test", "with_libtest"], "tests/with_libtest.rs");
const WITHOUT: (&[&str], &str) = (&["--test", "without_libtest"], "tests/without_libtest.rs");

/// Returns a command for a target's binary, without variables that would change its behaviour.
fn binary(mixed: &Outer, (choice, source): (&[&str], &str)) -> Result<Command, Failed> {
    let mut command = Command::new(mixed.binary(choice, source)?);
    for variable in [
        "RUST_BACKTRACE",
        "RUST_TEST_THREADS",
        "RUST_TEST_NOCAPTURE",
        "CARGO_MANIFEST_DIR",
        "NS_TEST_TIMEOUT",
        "NS_TEST_REFUSED",
    ] {
        command.env_remove(variable);
    }
    // The working directory that cargo gives it.
    command.current_dir(&mixed.directory);
    Ok(command)
}

fn run(mixed: &Outer, target: (&[&str], &str), arguments: &[&str]) -> Result<Transcript, Failed> {
    Ok(Transcript::of(binary(mixed, target)?.args(arguments)))
}

/// Returns a command for the same binary, without privileges even if the caller has them.
fn without_privileges(command: &Command) -> Command {
    let mut setpriv = Command::new("setpriv");
    if host::is_real_root() {
        setpriv.args([
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            "--inh-caps=-all",
        ]);
    }
    setpriv.arg(command.get_program()).args(command.get_args());
    setpriv
}
