//! Resource limits that end a test, or keep it from running: the report names each.

use std::env;
use std::fs;
use std::process::Command;
use std::time::Duration;

use libtest_mimic::Trial;
use ns_test::{Harness, Mechanism, Sandbox};
use ns_test_suite::fixture::{Check, Transcript};
use ns_test_suite::{host, raw};

use super::command;

pub(crate) fn checks() -> Vec<Trial> {
    vec![
        Trial::test("processor_time_is_named", processor_time_is_named),
        Trial::test(
            "a_hard_limit_of_processor_time_is_named",
            hard_limit_is_named,
        ),
        Trial::test(
            "a_kill_within_the_limit_is_not_called_so",
            kill_is_not_called_so,
        ),
        Trial::test("file_size_is_named", file_size_is_named),
        Trial::test("a_body_without_a_process_is_explained", no_process_left),
        Trial::test("what_holds_the_limits", what_holds_the_limits),
    ]
}

pub(crate) fn fixture(harness: Harness, trials: &str) -> Harness {
    let any = || Sandbox::new().user();
    let second = Duration::from_secs(1);
    match trials {
        "returns" => harness.trial("returns", any(), || {}),
        "spins" => harness.trial("spins", any(), spin),
        "spins_with_pid" => harness.trial("spins", any().pid(), spin),
        "spins_in_a_program" => harness.trial("spins", any(), || {
            let mut shell = Command::new("/bin/sh");
            let error = raw::execute(shell.args(["-c", "while :; do :; done"]));
            panic!("{error}");
        }),
        "is_limited" => harness.trial("spins", any().limit_cpu(second), spin),
        "ignores_the_signal" => harness.trial("spins", any().limit_cpu(second), || {
            raw::ignore_signal(libc::SIGXCPU);
            spin();
        }),
        "is_killed" => harness.trial("is_killed", any().limit_cpu(second), || {
            let own = i32::try_from(std::process::id()).expect("pids are small");
            raw::kill(own, libc::SIGKILL).expect("it is there");
        }),
        "writes" => harness.trial("writes", any().mount(), || {
            fs::write("/tmp/file", vec![0; 2 << 20]).expect("a signal comes first");
        }),
        "limits" => harness.trial("limits", any().limit_processes(64), limits),
        _ => harness,
    }
}

fn spin() {
    loop {
        std::hint::spin_loop();
    }
}

/// Runs the fixture with a resource limit of `prlimit(1)`.
fn limited(limit: &str, trials: &str) -> Transcript {
    run_by(&["prlimit", limit], trials)
}

/// Runs the fixture by the program that these words begin with.
fn run_by(words: &[&str], trials: &str) -> Transcript {
    let plain = command(trials);
    let mut command = Command::new(words[0]);
    command
        .args(&words[1..])
        .arg(env::current_exe().unwrap_or_default())
        .args(plain.get_args());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Transcript::of(&mut command)
}

/// Checks the soft limit of processor time, at which the kernel sends a signal that names the
/// reason.
fn processor_time_is_named() -> Check {
    for transcript in [
        Transcript::of(&mut command("is_limited")),
        limited("--cpu=1:5", "spins"),
    ] {
        transcript.failed_with("SIGXCPU (processor time limit exceeded")?;
    }
    Ok(())
}

/// Checks the hard limit of processor time, at which the kernel kills. A shell's `ulimit -t` sets
/// both limits.
fn hard_limit_is_named() -> Check {
    let named = |seconds: u32| {
        format!(
            "\nprocessor time: the kernel kills a process at its hard limit (`ulimit -t`), here {seconds}s; the test process used "
        )
    };
    for trials in ["spins", "spins_with_pid", "spins_in_a_program"] {
        let transcript = limited("--cpu=1:1", trials);
        transcript.failed_with("was killed by SIGKILL (killed)")?;
        transcript.failed_with(&named(1))?;
    }
    Transcript::of(&mut command("ignores_the_signal")).failed_with(&named(2))
}

fn kill_is_not_called_so() -> Check {
    let transcript = Transcript::of(&mut command("is_killed"));
    transcript.failed_with("was killed by SIGKILL (killed)")?;
    let named = transcript.text.contains("processor time");
    transcript.verify(!named, "no reason but the signal")
}

fn file_size_is_named() -> Check {
    limited("--fsize=1048576:1048576", "writes").failed_with("SIGXFSZ (file size limit exceeded")
}

/// Finds the limit that is enough for the harness, the launcher and init, but not for the body. In
/// a user namespace of its own, other processes of the user do not count (since Linux 5.14).
fn no_process_left() -> Check {
    let mut reasons = Vec::new();
    for most in 1..=12 {
        let limited = limited_in_user_namespace(most);
        if limited.passed(1).is_err() {
            let explained = limited.text.contains("raise `ulimit -u`");
            limited.verify(explained && limited.code == Some(101), "the remedy")?;
            reasons.push(limited.text);
        }
    }
    let of_the_body = "failed to fork the test process: fork: EAGAIN";
    let found = reasons.iter().any(|reason| reason.contains(of_the_body));
    if found || host::is_before(5, 14, "processes counted by user namespace").is_some() {
        return Ok(());
    }
    Err(format!("no limit was too low for the body only: {reasons:?}").into())
}

/// Runs the fixture as an ordinary user, because the kernel exempts real root.
fn limited_in_user_namespace(most: u32) -> Transcript {
    let mut words = vec!["env"];
    if host::is_real_root() {
        words.extend(["setpriv", "--reuid=65534", "--regid=65534"]);
        words.extend(["--clear-groups", "--inh-caps=-all"]);
    }
    let limit = format!("--nproc={most}:{most}");
    words.extend(["unshare", "--user", "--map-root-user", "prlimit", &limit]);
    run_by(&words, "returns")
}

/// Checks the mechanism of each limit. The kernel exempts real root from the process limit.
fn limits() {
    let by = ns_test::limited_by().processes;
    let exempt = env::var_os("NS_TEST_SUITE_EXEMPT").is_some();
    if by != Some(Mechanism::Cgroup) {
        let expected = if exempt {
            Mechanism::Exempt
        } else {
            Mechanism::Rlimit
        };
        assert_eq!(by, Some(expected));
    }
}

fn what_holds_the_limits() -> Check {
    let mut limits = command("limits");
    if host::is_real_root() {
        limits.env("NS_TEST_SUITE_EXEMPT", "1");
    }
    Transcript::of(&mut limits).passed(1)
}
