//! Many tests at once, and tests at the limit of namespaces.

use std::collections::BTreeSet;
use std::env;
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use ns_test_suite::fixture::{self, Check, Transcript, eventually};
use ns_test_suite::host;

use super::{mark, marked};

pub(crate) fn checks() -> Vec<Trial> {
    vec![
        Trial::test("a_thousand_tests_twice", a_thousand_tests_twice),
        Trial::test("a_hundred_tests_on_one_port", a_hundred_tests_on_one_port),
        Trial::test(
            "ten_thousand_tests_with_1_2_8_and_64_threads",
            ten_thousand_tests,
        ),
        Trial::test(
            "memory_and_descriptors_do_not_grow",
            memory_and_descriptors_do_not_grow,
        ),
        Trial::test("small_limits_are_waited_for", small_limits_are_waited_for),
        Trial::test("limits_of_none_are_named", limits_of_none_are_named),
    ]
}

fn a_thousand_tests_twice() -> Check {
    let mark = mark("thousand");
    let before = ["net", "mnt", "user", "pid"].map(|kind| (kind, host::namespaces(kind)));
    let (mounts, interfaces, networks) = (
        host::mounts(),
        host::interfaces(),
        host::networks_in_memory(),
    );
    for _ in 0..2 {
        let mut command = marked(&mark, &["trivial::"]);
        Transcript::of(command.env("NS_TEST_SUITE_TRIALS", "trivial:1000")).passed(1000)?;
    }
    assert!(
        eventually(|| host::processes_with(&mark).is_empty()),
        "processes are left"
    );
    for (kind, before) in before {
        // Other programs of the machine also create some, and end them.
        let new: BTreeSet<String> = &host::namespaces(kind) - &before;
        assert!(
            eventually(|| new.is_disjoint(&host::namespaces(kind))),
            "{kind} namespaces are left"
        );
    }
    if let Some(networks) = networks {
        // The kernel destroys networks in the background, and counts whole slabs of a few objects.
        let few = networks + 50;
        assert!(
            eventually(|| host::networks_in_memory() < Some(few)),
            "{networks} before, {:?} now",
            host::networks_in_memory()
        );
    }
    assert_eq!(host::mounts(), mounts);
    assert_eq!(host::interfaces(), interfaces);
    Ok(())
}

fn a_hundred_tests_on_one_port() -> Check {
    let mut command = fixture::command(["port_80::", "--test-threads=100"]);
    Transcript::of(command.env("NS_TEST_SUITE_TRIALS", "port_80:100")).passed(100)
}

fn ten_thousand_tests() -> Check {
    for threads in ["1", "2", "8", "64"] {
        let mut command = fixture::command(["cheap::", "--test-threads", threads]);
        let transcript = Transcript::of(command.env("NS_TEST_SUITE_TRIALS", "cheap:10000"));
        transcript.passed(10_000)?;
        let lines = transcript
            .text
            .lines()
            .filter(|line| line.starts_with("test cheap::"));
        let names: BTreeSet<&str> = lines.clone().collect();
        assert_eq!(
            (lines.count(), names.len()),
            (10_000, 10_000),
            "none is lost, none is there twice"
        );
    }
    Ok(())
}

fn memory_and_descriptors_do_not_grow() -> Check {
    let facts = |count: &str| -> Result<(u64, u64), Failed> {
        let mut command = fixture::command(["cheap::", "--test-threads=4", "-q"]);
        let text = Transcript::of(
            command
                .env("NS_TEST_SUITE_MAIN", "facts")
                .env("NS_TEST_SUITE_TRIALS", format!("cheap:{count}")),
        )
        .text;
        let fact = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
                .ok_or_else(|| text.clone())
        };
        Ok((fact("descriptors: ")?, fact("VmHWM:")?))
    };
    let (few, many) = (facts("1000")?, facts("8000")?);
    assert_eq!(few.0, many.0, "descriptors");
    // Eight times as many names and closures exist from the start.
    assert!(many.1 < few.1 * 3, "{few:?} {many:?}");
    Ok(())
}

const LIMITS: &[&str] = &["user", "mnt", "pid", "net", "ipc", "uts", "cgroup"];

/// Returns the fixture in a user namespace whose own limit for namespaces of this kind is `most`.
fn limited(kind: &str, most: u32, arguments: &[&str]) -> Command {
    let fixture = fixture::command(arguments);
    let script =
        format!("echo {most} > /proc/sys/user/max_{kind}_namespaces && exec \"$0\" \"$@\"");
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "sh", "-c", &script]);
    command
        .arg(env::current_exe().unwrap_or_default())
        .args(fixture.get_args());
    command
        .env(fixture::VARIABLE, "1")
        .env("NS_TEST_SUITE_TRIALS", "hermetic:100");
    command
}

fn small_limits_are_waited_for() -> Check {
    for kind in LIMITS {
        Transcript::of(&mut limited(kind, 2, &["hermetic::", "--test-threads=8"])).passed(100)?;
    }
    Ok(())
}

fn limits_of_none_are_named() -> Check {
    for kind in LIMITS {
        let transcript = Transcript::of(&mut limited(kind, 0, &["hermetic::0001", "--exact"]));
        transcript.failed_with("the test did not run: this machine refuses ")?;
        transcript.failed_with(&format!(
            "call: failed to create the namespaces: clone3: ENOSPC (no space left on device)\n    \
             cause: the system's limit on namespaces of this type is 0\n        \
             evidence: user.max_{kind}_namespaces = 0\n"
        ))?;
    }
    Ok(())
}
