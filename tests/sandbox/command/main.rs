//! `Sandbox::command`, from a process that has threads: one for each check that runs.

mod child;
mod paths;

use std::io::{Read, Write};
use std::process::{ExitCode, Output};
use std::time::Duration;

use libtest_mimic::{Arguments, Trial};
use ns_test::{Call, Offset, Sandbox, Stdio, Step};
use ns_test_suite::{fixture, host};

fn main() -> ExitCode {
    let checks = CHECKS.iter().chain(child::CHECKS).chain(paths::CHECKS);
    let checks = checks.map(|(name, check)| {
        Trial::test(*name, || {
            check();
            Ok(())
        })
    });
    let overlays = paths::OF_OVERLAYS.iter().map(|(name, check)| {
        fixture::with_overlays(*name, || {
            check();
            Ok(())
        })
    });
    let all_eight = fixture::with_time("all_eight", || {
        all_eight();
        Ok(())
    });
    let all = checks.chain(overlays).chain([all_eight]);
    fixture::run_checks(&Arguments::from_args(), all.collect())
}

const CHECKS: &[(&str, fn())] = &[
    ("is_root_of_its_own_network", is_root_of_its_own_network),
    (
        "many_at_once_from_many_threads",
        many_at_once_from_many_threads,
    ),
    (
        "exit_statuses_and_signals_come_through",
        exit_statuses_and_signals_come_through,
    ),
    ("streams_are_piped", streams_are_piped),
    ("large_output_on_both_streams", large_output_on_both_streams),
    ("environment_and_directory", environment_and_directory),
    (
        "a_missing_program_is_reported",
        a_missing_program_is_reported,
    ),
    (
        "a_missing_source_names_both_paths",
        a_missing_source_names_both_paths,
    ),
    (
        "bad_requests_are_refused_before_anything_is_made",
        bad_requests_are_refused_before_anything_is_made,
    ),
];

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn shell(sandbox: &Sandbox, script: &str) -> String {
    text(
        &sandbox
            .command("sh")
            .args(["-c", script])
            .output()
            .expect("the sandbox can be made"),
    )
}

fn is_root_of_its_own_network() {
    let lab = Sandbox::new().net();
    assert_eq!(shell(&lab, "id -u"), "0\n");
    let table = shell(&lab, "cat /proc/net/dev");
    let names = table
        .lines()
        .skip(2)
        .filter_map(|line| line.split(':').next());
    let names = names.map(str::trim).filter(|name| !host::is_fallback(name));
    assert_eq!(names.collect::<Vec<_>>(), ["lo"]);
}

fn all_eight() {
    let lab = Sandbox::all()
        .hostname("lab")
        .uptime(Offset::forwards(Duration::from_secs(365 * 86_400)));
    assert_eq!(
        shell(&lab, "cat /proc/sys/kernel/hostname; echo $$"),
        "lab\n2\n"
    );
    let up: f64 = shell(&lab, "cut -d' ' -f1 /proc/uptime")
        .trim()
        .parse()
        .expect("a number");
    assert!(up > 365.0 * 86_400.0);
}

fn many_at_once_from_many_threads() {
    let lab = Sandbox::new().net().pid();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..8 {
                    // The heap is in use meanwhile: a child that waited for its lock would hang.
                    let words: Vec<String> = (0..100).map(|number| number.to_string()).collect();
                    assert_eq!(shell(&lab, "echo $$"), "2\n");
                    drop(words);
                }
            });
        }
    });
}

fn exit_statuses_and_signals_come_through() {
    use std::os::unix::process::ExitStatusExt;
    let lab = Sandbox::new().pid();
    let status = |script| {
        lab.command("sh")
            .args(["-c", script])
            .status()
            .expect("the sandbox can be made")
    };
    assert_eq!(status("exit 7").code(), Some(7));
    assert_eq!(status("kill -SEGV $$").signal(), Some(libc::SIGSEGV));
}

fn streams_are_piped() {
    let mut command = Sandbox::new().user().command("cat");
    let mut child = command
        .stdin(Stdio::Piped)
        .stdout(Stdio::Piped)
        .spawn()
        .expect("the sandbox can be made");
    child
        .stdin
        .take()
        .expect("it is piped")
        .write_all(b"through")
        .expect("cat reads");
    let mut text = String::new();
    child
        .stdout
        .take()
        .expect("it is piped")
        .read_to_string(&mut text)
        .expect("cat writes");
    assert_eq!(text, "through");
    assert!(child.wait().expect("it runs").success());
}

fn large_output_on_both_streams() {
    let script = "head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2";
    let output = Sandbox::new()
        .pid()
        .command("sh")
        .args(["-c", script])
        .output()
        .expect("the sandbox can be made");
    assert_eq!(
        (output.stdout.len(), output.stderr.len()),
        (1_000_000, 1_000_000)
    );
}

fn environment_and_directory() {
    let lab = Sandbox::new().user().env_clear().env("A", "1").cwd("/usr");
    assert_eq!(
        text(
            &lab.command("/usr/bin/env")
                .output()
                .expect("it can be made")
        ),
        "A=1\n"
    );
    assert_eq!(
        text(&lab.command("/bin/pwd").output().expect("it can be made")),
        "/usr\n"
    );
}

fn a_missing_program_is_reported() {
    // As in execvp(3): without search permission on a PATH directory, the error would be EACCES.
    let lab = Sandbox::new().user().env("PATH", "/usr/bin:/bin");
    let refused = lab
        .command("ns-test-no-such-program")
        .status()
        .expect_err("there is none");
    assert_eq!(
        (refused.step(), refused.call(), refused.errno().name()),
        (Step::Execute, Call::Execve, Some("ENOENT"))
    );
    assert_eq!(
        refused.to_string(),
        "execute the command: execve(ns-test-no-such-program): ENOENT (no such file or directory)"
    );
}

fn a_missing_source_names_both_paths() {
    let lab = Sandbox::new().bind("not/there", "/mnt");
    let refused = lab.command("true").status().expect_err("there is none");
    assert_eq!(refused.asked(), Some("not/there".as_ref()));
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("not/there");
    assert_eq!(refused.path(), Some(path.as_path()));
}

fn bad_requests_are_refused_before_anything_is_made() {
    let refusals = [
        Sandbox::new().hostname("x".repeat(65)),
        Sandbox::new().sysctl("..", 1),
        Sandbox::new().tmpfs("/mnt").tmpfs("/mnt"),
        Sandbox::new().user_range(0, 100_000, 10).user_become(10),
        Sandbox::new().user().user_become(1000),
        Sandbox::new().root("/"),
        Sandbox::new().tmpfs("/mnt\0"),
    ];
    for sandbox in refusals {
        let refused = sandbox
            .command("true")
            .status()
            .expect_err("it makes no sense");
        assert_eq!(
            (refused.step(), refused.call()),
            (Step::Prepare, Call::Check),
            "{refused}"
        );
    }
}
