//! Processes outside the test must survive init's handling of leftovers. Everything here runs in a
//! pid namespace whose low pids belong to witnesses. A truncated pid, or one from another
//! namespace, would be a witness's.

use std::process::Command;

use libtest_mimic::Trial;
use ns_test_suite::fixture::{Check, Transcript};

use crate::{BOTH, Build};

pub(crate) fn checks() -> Vec<Trial> {
    let both = BOTH.iter().flat_map(|build| {
        [
            build.trial("strangers_survive::four_hundred_children", four_hundred),
            build.trial("strangers_survive::foreign_proc", foreign_proc),
            build.trial(
                "reports_are_of_the_test::foreign_proc",
                report_below_foreign_proc,
            ),
        ]
    });
    both.collect()
}

/// Checks 400 children. Their pids have five digits, so every truncated one has fewer.
fn four_hundred(build: Build) -> Check {
    let script = format!(
        "{WITNESSES}
         echo 30000 > /proc/sys/kernel/ns_last_pid || exit 1
         \"$0\" \"$@\"; code=$?
         {COUNT_WITNESSES}
         exit $code"
    );
    let run = in_pid_namespace(
        &script,
        true,
        &build.command(&["cases::leftovers::four_hundred", "--exact"])?,
    );
    run.passed(1)?;
    run.verify(run.text.contains("witnesses left: 98\n"), "all witnesses")
}

/// Checks a /proc of the outer namespace, in which the children have low pids. In the inner
/// namespace the witnesses have those pids.
fn foreign_proc(build: Build) -> Check {
    let tests = build.command(&["cases::leftovers::few", "--exact"])?;
    let run = below_foreign_proc(tests);
    run.verify(run.text.contains("witnesses left: 98\n"), "all witnesses")?;
    run.passed(1)
}

/// Checks that the report on a timed-out test shows that test's processes.
fn report_below_foreign_proc(build: Build) -> Check {
    let mut tests = build.command(&["cases::leftovers::too_long", "--exact"])?;
    tests.env("NS_TEST_TIMEOUT", "500ms");
    below_foreign_proc(tests)
        .failed_with("the test timed out after 500ms; its processes:\n    cases::leftover (pid ")
}

fn below_foreign_proc(mut tests: Command) -> Transcript {
    let inner = format!(
        "{WITNESSES}
         touch \"$READY\"
         i=0; while [ -e \"$READY\" ] && [ $i -lt 1000 ]; do sleep 0.01; i=$((i+1)); done
         \"$0\" \"$@\"; code=$?
         {COUNT_WITNESSES}
         exit $code"
    );
    let script = "
         READY=$(mktemp -u); export READY
         echo 30000 > /proc/sys/kernel/ns_last_pid || exit 1
         unshare --pid --fork sh -c \"$INNER\" \"$0\" \"$@\" & inner=$!
         i=0; while ! [ -e \"$READY\" ] && [ $i -lt 1000 ]; do sleep 0.01; i=$((i+1)); done
         echo 20 > /proc/sys/kernel/ns_last_pid
         rm -f \"$READY\"
         wait $inner";
    tests.env("INNER", inner);
    in_pid_namespace(script, true, &tests)
}

/// PIDs 2 to 99.
const WITNESSES: &str = "i=0; while [ $i -lt 98 ]; do sleep 600 & i=$((i+1)); done";

const COUNT_WITNESSES: &str = "n=0; for pid in $(seq 2 99); do kill -0 $pid 2>/dev/null && n=$((n+1)); done; echo witnesses left: $n";

/// Runs a shell as PID 1 of a namespace, with the command's binary, arguments and environment.
fn in_pid_namespace(script: &str, mount_proc: bool, of: &Command) -> Transcript {
    let mut command = Command::new("timeout");
    command.args([
        "120",
        "unshare",
        "--user",
        "--map-root-user",
        "--pid",
        "--fork",
        "--kill-child",
    ]);
    command.args(mount_proc.then_some("--mount-proc"));
    command
        .args(["sh", "-c", script])
        .arg(of.get_program())
        .args(of.get_args());
    for (key, value) in of.get_envs() {
        match value {
            Some(value) => command.env(key, value),
            None => command.env_remove(key),
        };
    }
    if let Some(directory) = of.get_current_dir() {
        command.current_dir(directory);
    }
    Transcript::of(&mut command)
}
