//! `NS_TEST_REFUSED=skip`: refused tests are ignored, and never pass without having run.

use ns_test_suite::fixture::{Check, Transcript};

use crate::command::command;
use crate::setups::{PLAIN, SKIP, Way, script};

pub(crate) const SKIPPED: Way = script("echo 0 > /proc/sys/user/max_net_namespaces").with(SKIP);

/// Checks the two lists that nextest requests: all tests, then the ignored ones.
pub(crate) fn listed_as_ignored() -> Check {
    let list = |more: &[&str]| {
        let mut command = command(SKIPPED, false);
        Transcript::of(command.args(["--list", "--format", "terse"]).args(more)).text
    };
    let (all, ignored) = (list(&[]), list(&["--ignored"]));
    assert_eq!(all.lines().count(), 13, "{all}");
    let expected = "fixtures::bare: test\nfixtures::net: test\nfixtures::net_and_mount: test\n";
    let ignored: Vec<&str> = ignored
        .lines()
        .filter(|line| !line.contains("host_net"))
        .collect();
    assert_eq!(ignored, expected.lines().collect::<Vec<_>>());
    Ok(())
}

/// Checks that ignored tests run if they are requested explicitly. Here they fail.
pub(crate) fn never_pass_unrun() -> Check {
    for flag in ["--ignored", "--include-ignored"] {
        let mut command = command(SKIPPED, false);
        let transcript = Transcript::of(command.args(["fixtures::net", "--exact", flag]));
        transcript.failed_with("the test did not run: this machine refuses network namespaces")?;
    }
    Ok(())
}

pub(crate) fn unknown_policy() -> Check {
    let mut command = command(PLAIN, false);
    let transcript = Transcript::of(command.env("NS_TEST_REFUSED", "pass"));
    transcript.verify(
        transcript.text == "error: NS_TEST_REFUSED is `pass`, should be `skip` or `fail`\n"
            && transcript.code == Some(101),
        "the two policies",
    )
}

pub(crate) fn json_has_no_diagnosis() -> Check {
    let mut command = command(SKIPPED, false);
    let transcript = Transcript::of(command.args(["--format=json", "-Z", "unstable-options"]));
    transcript.verify(
        transcript.text.lines().all(|line| line.starts_with('{')),
        "JSON alone",
    )
}

/// Checks that a refused test fails if nextest runs it. nextest has left out the tests listed as
/// ignored, and would count one that is ignored now as passed.
pub(crate) fn past_the_list() -> Check {
    let mut command = command(SKIPPED, false);
    let transcript = Transcript::of(
        command
            .args(["fixtures::net", "--exact"])
            .env("NEXTEST", "1"),
    );
    transcript.failed_with("the test did not run: this machine refuses network namespaces")
}
