//! Two tests that use one name at the same time: each holds its object until both have been seen.

use libtest_mimic::Trial;
use ns_test_suite::fixture::Check;

use crate::stage::Stage;

pub(crate) fn checks() -> Vec<Trial> {
    let pairs = [
        "own_lock_file",
        "own_ipc_names",
        "own_abstract_socket",
        "own_port",
    ];
    let mut checks: Vec<Trial> = pairs
        .into_iter()
        .map(|test| Trial::test(format!("collisions::{test}"), move || do_not_meet(test)))
        .collect();
    checks.push(Trial::test(
        "collisions::host_abstract_socket",
        without_the_namespace_they_meet,
    ));
    checks
}

/// Variable: the name that both use.
pub(crate) const NAME: &str = "NS_TEST_SUITE_NAME";

/// Returns the name of the test below `fixtures`.
fn fixture(test: &str) -> String {
    format!("collisions::{test}")
}

fn do_not_meet(test: &str) -> Check {
    let [one, two] = [Stage::new("first")?, Stage::new("second")?];
    let name = one.word();
    let first = one.hold(one.command(&fixture(test)).env(NAME, &name))?;
    let second = two.hold(two.command(&fixture(test)).env(NAME, &name))?;
    second.passes(1)?;
    first.passes(1)
}

/// Shows that the check above can fail: with one network namespace for both, the name is already
/// taken when the second test uses it.
fn without_the_namespace_they_meet() -> Check {
    let test = "host_abstract_socket";
    let [one, two] = [Stage::new("first")?, Stage::new("second")?];
    let name = one.word();
    let first = one.hold(one.command(&fixture(test)).env(NAME, &name))?;
    let second = two.hold(two.command(&fixture(test)).env(NAME, &name));
    let Err(error) = second else {
        return Err("two tests of one network namespace have one name".into());
    };
    if !error.to_string().contains("nobody else has it") {
        return Err(error.into());
    }
    first.passes(1)
}
