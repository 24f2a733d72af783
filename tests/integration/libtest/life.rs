//! How the fork server and its tests start and end.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::{env, fs, io};

use libtest_mimic::Failed;
use ns_test_suite::fixture::{Check, Kept, Transcript, eventually};
use ns_test_suite::outer::Outer;
use ns_test_suite::seccomp;
use ns_test_suite::serial::Stage;

use crate::{JAILED, SERIAL_LOCK, UNIT, WITH, binary, run, without_privileges};

const LONG: (&[&str], &str) = (&["--test", "long"], "tests/long.rs");

pub(crate) fn ordinary_user(mixed: &Outer) -> Check {
    let mut command = binary(mixed, UNIT)?;
    command.args(["inner", "made", "match", "tests::", "should_panic_and_does"]);
    let run = Transcript::of(without_privileges(&command).current_dir("/"));
    run.verify(
        run.text.contains("6 passed; 1 failed") && run.text.contains("should_panic_and_does_not"),
        "the same as for root",
    )
}

pub(crate) fn many(mixed: &Outer) -> Check {
    for threads in ["1", "4", "40"] {
        run(
            mixed,
            (&["--test", "many"], "tests/many.rs"),
            &["--test-threads", threads],
        )?
        .passed(40)?;
    }
    Ok(())
}

/// Checks that ended processes return their share of the limit, even if their launcher has no more
/// work.
pub(crate) fn more_than_the_limit(mixed: &Outer) -> Check {
    let limited = "echo 5 > /proc/sys/user/max_user_namespaces && exec \"$@\"";
    let many = binary(mixed, (&["--test", "many"], "tests/many.rs"))?;
    let mut unshare = Command::new("unshare");
    unshare
        .args(["--user", "--map-root-user", "sh", "-c", limited, "sh"])
        .arg(many.get_program())
        .args(["--test-threads", "40"]);
    Transcript::of(&mut unshare).passed(40)
}

/// Checks that no process of the binary is left after any kind of kill, or after an orderly end.
/// Neither is the daemon that a test has started.
pub(crate) fn nothing_is_left(mixed: &Outer) -> Check {
    let program = binary(mixed, LONG)?
        .get_program()
        .to_string_lossy()
        .into_owned();
    for (signal, whole_group) in [
        ("TERM", false),
        ("TERM", true),
        ("KILL", false),
        ("KILL", true),
    ] {
        let mut command = binary(mixed, LONG)?;
        command
            .args(["--test-threads=2"])
            .stdout(Stdio::null())
            .process_group(0);
        let mut harness = Kept::start(&mut command)?;
        // The binary itself, the server, and for each of the two tests a launcher, init, the body
        // and the daemon.
        let all = eventually(|| processes(&program).len() >= 10);
        all.then_some(())
            .ok_or_else(|| Failed::from(format!("{:?}", processes(&program))))?;
        kill(&harness.0, signal, whole_group)?;
        harness.0.wait()?;
        gone(&program, signal)?;
    }
    let mut in_time = binary(mixed, LONG)?;
    let run = Transcript::of(in_time.env("NS_TEST_TIMEOUT", "300ms"));
    run.verify(run.text.contains("2 failed"), "two that take too long")?;
    gone(&program, "the end of the run")
}

fn kill(harness: &Child, signal: &str, whole_group: bool) -> Check {
    let minus = if whole_group { "-" } else { "" };
    let mut kill = Command::new("kill");
    kill.args([
        &format!("-{signal}"),
        "--",
        &format!("{minus}{}", harness.id()),
    ]);
    match kill.status()?.success() {
        true => Ok(()),
        false => Err("kill(1) failed".into()),
    }
}

fn gone(program: &str, after: &str) -> Check {
    match eventually(|| processes(program).is_empty()) {
        true => Ok(()),
        false => Err(format!("after {after} there are {:?}", processes(program)).into()),
    }
}

/// Returns the command lines of all processes of this binary, and of the daemons. Zombies have no
/// command line.
fn processes(program: &str) -> Vec<String> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let lines = entries.filter_map(|entry| {
        let line = fs::read_to_string(entry.path().join("cmdline")).ok()?;
        Some(line.replace('\0', " "))
    });
    lines
        .filter(|line| line.contains(program) || line.starts_with("sleep 61.61"))
        .collect()
}

pub(crate) fn twice(mixed: &Outer) -> Check {
    let run = run(mixed, (&["--test", "twice"], "tests/twice.rs"), &[])?;
    run.verify(
        run.text.contains("1 passed; 1 failed")
            && run.text.contains("the test `function` is registered twice"),
        "a failure that says so",
    )
}

/// Checks that tests fail if there can be no fork server, or if another process sets its variable.
pub(crate) fn never_passes_without_running(mixed: &Outer) -> Check {
    run(mixed, (&["--test", "threads"], "tests/threads.rs"), &[])?
        .failed_with("although the\n  variable NS_TEST_HARNESS was set")?;
    run(mixed, (&["--test", "obeys"], "tests/obeys.rs"), &[])?.passed(1)?;
    let ends = (&["--test", "server_ends"][..], "tests/server_ends.rs");
    run(mixed, ends, &[])?.failed_with("the server process exited before the first test")?;
    let mut command = binary(mixed, WITH)?;
    command
        .arg("endings::returns")
        .env("NS_TEST_FORK_SERVER", "1")
        .stdin(Stdio::null());
    let run = Transcript::of(&mut command);
    run.verify(run.code != Some(0), "no success")
}

/// Becomes the program, in a container engine's filter. Returns only on failure.
pub(crate) fn become_jailed(program: &OsStr) -> io::Error {
    match seccomp::install(seccomp::DOCKER) {
        Ok(()) => Command::new(program)
            .args(env::args_os().skip(1))
            .env_remove(JAILED)
            .exec(),
        Err(error) => error,
    }
}

/// Checks that a refused test prints one line, and the first one also the remedy. On request they
/// count as ignored.
pub(crate) fn refused(mixed: &Outer) -> Check {
    let jailed = |wish| -> Result<Transcript, Failed> {
        let program = binary(mixed, WITH)?;
        let mut jailed = Command::new("/proc/self/exe");
        jailed
            .args(["match", "returns", "--exact", "--show-output"])
            .args(["endings::returns", "endings::r#match"])
            .env(JAILED, program.get_program())
            .env("NS_TEST_REFUSED", wish);
        Ok(Transcript::of(&mut jailed))
    };
    let failed = jailed("fail")?;
    let lines = failed.text.matches("the test did not run: ").count();
    let diagnoses = failed.text.matches("\nrefused:\n").count();
    failed.verify(
        failed.text.contains("0 passed; 2 failed") && (lines, diagnoses) == (2, 1),
        "two failures, one diagnosis",
    )?;
    let ignored = jailed("skip")?;
    let reasons = ignored
        .text
        .matches("libtest can't ignore a test that it has started")
        .count();
    ignored.verify(
        reasons == 2 && ignored.text.contains("0 passed; 2 failed"),
        "two that have not run, and do not pass",
    )
}

/// Tests of one key, on as many threads.
pub(crate) fn one_at_a_time(mixed: &Outer) -> Check {
    for (name, source) in [
        ("serial", "tests/serial.rs"),
        ("serial_without_libtest", "tests/serial_without_libtest.rs"),
    ] {
        let stage = Stage::new(SERIAL_LOCK, 4)?;
        let mut command = binary(mixed, (&["--test", name], source))?;
        command
            .arg("--test-threads=4")
            .env("SERIAL_STAGE", stage.path());
        Transcript::of(&mut command).passed(4)?;
    }
    Ok(())
}

/// Checks that the first annotated test prints the table, and that none runs.
pub(crate) fn doctor(mixed: &Outer) -> Check {
    let mut command = binary(mixed, WITH)?;
    let transcript = Transcript::of(command.env("NS_TEST_DOCTOR", "1"));
    transcript.verify(transcript.text.contains("mount_setattr(2)"), "the table")?;
    transcript.verify(!transcript.text.contains("test result"), "no tests")?;
    transcript.verify(transcript.code == Some(0), "exit code 0")
}

/// Checks a limit of 0 on the size of files. It also applies to memfds, which the fork server and
/// its launchers need.
pub(crate) fn files_of_no_size(mixed: &Outer) -> Check {
    let command = binary(mixed, WITH)?;
    let mut limited = Command::new("prlimit");
    limited
        .arg("--fsize=0:0")
        .arg(command.get_program())
        .args(["--exact", "endings::returns"]);
    let transcript = Transcript::of(limited.current_dir(&mixed.directory));
    transcript.verify(transcript.text.contains("raise `ulimit -f`"), "the remedy")?;
    transcript.verify(transcript.code == Some(101), "a failure, and no signal")
}
