//! Every way a test can end, and the words for it: one annotated test an ending, compared with its golden transcript.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::zombie_processes,
    reason = "what the fixtures are for"
)]

mod fixtures;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use libtest_mimic::Trial;
use ns_test_suite::fixture::{self, Check, Kept, Transcript};
use ns_test_suite::{golden, host, raw};

fn main() -> ExitCode {
    fixture::main(ns_test::run, checks)
}

/// The endings whose whole transcript is held by `golden/NAME.txt`, and the exit code that the harness has.
const ENDINGS: &[(&str, i32)] = &[
    ("returns", 0),
    ("returns_noisily", 0),
    ("is_ignored", 0),
    ("is_ignored_with_a_reason", 0),
    ("skips_itself", 0),
    ("skips_itself_and_exits_badly", 101),
    ("panics", 101),
    ("panics_in_a_thread_and_returns", 0),
    ("panics_with_a_number", 101),
    ("panics_with_stderr_closed", 101),
    ("returns_an_error", 101),
    ("returns_an_exit_code", 101),
    ("exits_with_0", 101),
    ("exits_with_3", 101),
    ("exits_at_once_with_0", 101),
    ("executes_another_program", 101),
    ("exits_badly_after_returning", 101),
    ("segfaults", 101),
    ("aborts", 101),
    ("kills_itself", 101),
    ("terminates_itself", 101),
    ("reads_behind_the_end_of_a_file", 101),
    ("makes_a_forbidden_call", 101),
    ("overflows_its_stack", 101),
    ("loops", 101),
    ("loops_without_pid", 101),
    ("writes_no_text", 101),
    ("mixes_its_streams", 101),
    ("runs_out_of_its_memory_limit", 101),
    ("damages_its_report", 101),
    ("leaves_a_daemon", 101),
    ("leaves_a_daemon_without_pid", 101),
    ("fails_and_leaves_a_daemon", 101),
    ("should_panic_and_does", 0),
    ("should_panic_and_does_not", 101),
    ("should_panic_otherwise", 101),
    ("should_panic_and_is_killed", 101),
    ("bind_source_is_missing", 101),
    ("mount_point_is_missing", 101),
    ("tmpfs_on_a_file", 101),
    ("overlay_on_a_directory_the_kernel_refuses", 101),
    ("clock_below_zero", 101),
    ("sysctl_that_is_not_there", 101),
    ("directory_that_is_not_there", 101),
];

fn checks() -> Vec<Trial> {
    let endings = ENDINGS
        .iter()
        .map(|(name, code)| Trial::test(*name, move || has_its_words(name, *code)));
    let others = [
        Trial::test("backtrace_ends_at_the_test", backtrace_ends_at_the_test),
        Trial::test("default_timeout", default_timeout),
        Trial::test("slow_tests_are_called_so", slow_tests_are_called_so),
        Trial::test("show_output", show_output),
        Trial::test("several_filters", several_filters),
        Trial::test("shuffled", shuffled),
        Trial::test("fail_fast", fail_fast),
        Trial::test("usage_mistakes", usage_mistakes),
        Trial::test("help", help),
        Trial::test("state_of_a_failed_test", state_of_a_failed_test),
        Trial::test("kept_sandbox_can_be_entered", kept_sandbox_can_be_entered),
        Trial::test("shell_in_a_failed_test", shell_in_a_failed_test),
        Trial::test("fork_bomb_is_ended", fork_bomb_is_ended),
        Trial::test("oom_kill_is_told", oom_kill_is_told),
        Trial::test("core_dump_is_told", core_dump_is_told),
        Trial::test("double_panic", double_panic),
        Trial::test("flood_is_cut", flood_is_cut),
        Trial::test("nocapture_passes_through", nocapture_passes_through),
        Trial::test("list", list),
        Trial::test("no_threads_is_an_error", no_threads_is_an_error),
        Trial::test("every_fixture_is_checked", every_fixture_is_checked),
        Trial::test(
            "the_table_of_the_docs_is_true",
            the_table_of_the_docs_is_true,
        ),
    ];
    endings.chain(others).collect()
}

fn has_its_words(name: &str, code: i32) -> Check {
    let transcript = fixture::run(&format!("fixtures::{name}"));
    transcript.verify(transcript.code == Some(code), &format!("exit code {code}"))?;
    golden::compare(&file(name), &transcript.text)
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("endings/golden/{name}.txt"))
}

fn backtrace_ends_at_the_test() -> Check {
    let mut command = fixture::command(["fixtures::panics", "--exact"]);
    let transcript = Transcript::of(command.env("RUST_BACKTRACE", "1"));
    transcript.failed_with("stack backtrace:")?;
    transcript.failed_with("fixtures::panics")?;
    transcript.verify(
        !transcript.text.contains("ns_test::init"),
        "no frames of the sandbox",
    )
}

fn default_timeout() -> Check {
    let mut command = fixture::command(["fixtures::sleeps", "--exact"]);
    Transcript::of(command.env("NS_TEST_TIMEOUT", "150ms"))
        .failed_with("the test timed out after 150ms")?;
    let mut command = fixture::command(["fixtures::sleeps", "--exact"]);
    let transcript = Transcript::of(command.env("NS_TEST_TIMEOUT", "soon"));
    transcript.verify(transcript.code == Some(101), "exit code 101")?;
    transcript.verify(
        transcript
            .text
            .contains("NS_TEST_TIMEOUT is `soon`: a time looks like `5s`"),
        "the cure",
    )
}

fn slow_tests_are_called_so() -> Check {
    let mut command = fixture::command(["fixtures::sleeps", "--exact"]);
    let transcript = Transcript::of(
        command
            .env("NS_TEST_TIMEOUT", "500ms")
            .env("NS_TEST_SLOW", "100ms"),
    );
    transcript.failed_with("test fixtures::sleeps has been running for over 100ms\n")
}

fn show_output() -> Check {
    let transcript = Transcript::of(&mut fixture::command([
        "fixtures::returns_noisily",
        "--exact",
        "--show-output",
    ]));
    golden::compare(&file("show_output"), &transcript.text)
}

fn several_filters() -> Check {
    let run = |arguments: &[&str]| Transcript::of(&mut fixture::command(arguments));
    run(&["returns_noisily", "should_panic_and_does", "--skip", "_not"]).passed(2)?;
    run(&[
        "fixtures::returns",
        "fixtures::returns_noisily",
        "fixtures::none",
        "--exact",
    ])
    .passed(2)?;
    let listed = run(&["aborts", "segf", "--list"]);
    listed.verify(
        listed.text == "fixtures::aborts: test\nfixtures::segfaults: test\n",
        "two names",
    )
}

fn shuffled() -> Check {
    let order = |seed: &str| {
        let text = Transcript::of(&mut fixture::command([
            "should_panic",
            "--shuffle-seed",
            seed,
            "--test-threads=1",
        ]))
        .text;
        text.lines()
            .filter(|line| line.starts_with("test fixtures"))
            .map(ToOwned::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(order("1"), order("1"));
    assert_eq!(order("1").len(), 4);
    assert!(
        (2..20).any(|seed| order(&seed.to_string()) != order("1")),
        "the seed makes a difference"
    );
    Ok(())
}

fn fail_fast() -> Check {
    let run = Transcript::of(&mut fixture::command([
        "exits_",
        "--fail-fast",
        "--test-threads=1",
    ]));
    run.verify(
        run.text.contains("0 passed; 1 failed; 4 ignored"),
        "one failure, and no further test",
    )
}

fn usage_mistakes() -> Check {
    let transcript = Transcript::of(&mut fixture::command(["--frob"]));
    transcript.verify(transcript.code == Some(101), "libtest's exit code")?;
    transcript.verify(
        transcript.text == "error: Unrecognized option: 'frob'\n",
        "libtest's words",
    )
}

fn help() -> Check {
    let transcript = Transcript::of(&mut fixture::command(["--help"]));
    transcript.verify(transcript.code == Some(0), "exit code 0")?;
    golden::compare(&file("help"), &transcript.text)
}

fn state_of_a_failed_test() -> Check {
    let mut command = fixture::command(["fixtures::fails_with_a_server", "--exact"]);
    let transcript = Transcript::of(command.env("NS_TEST_STATE", "1"));
    for words in [
        "    links:\n        lo\n    addresses:\n        127.0.0.1\n        ::1/128 on lo\n    routes:\n        none\n",
        "unix /tmp/socket\n",
        "\n        /tmp tmpfs rw",
        "1 process outlived the test: ",
    ] {
        transcript.failed_with(words)?;
    }
    Ok(())
}

/// Enters it by the very line that is printed.
fn kept_sandbox_can_be_entered() -> Check {
    let mut command = fixture::command(["fixtures::fails_with_a_server", "--exact"]);
    command
        .env("NS_TEST_KEEP", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut harness = Kept::start(&mut command)?;
    let mut lines = BufReader::new(harness.0.stdout.take().ok_or("it is a pipe")?)
        .lines()
        .map_while(Result::ok);
    let line = lines
        .find(|line| line.starts_with("nsenter "))
        .ok_or("no line to enter it")?;
    let script = line.replace(
        "$SHELL",
        "sh -c 'cat /proc/sys/kernel/hostname; id -u; ls /tmp; grep -c : /proc/net/dev'",
    );
    let inside = Command::new("sh").args(["-c", &script]).output()?;
    let found = String::from_utf8_lossy(&inside.stdout).into_owned();
    assert!(
        found.starts_with("kept\n0\n") && found.contains("socket\n") && found.ends_with("\n1\n"),
        "{inside:?}"
    );
    assert!(harness.0.try_wait()?.is_none(), "it waits for Enter");
    harness
        .0
        .stdin
        .take()
        .ok_or("it is a pipe")?
        .write_all(b"\n")?;
    let rest: Vec<String> = lines.collect();
    Transcript {
        text: rest.join("\n"),
        code: harness.0.wait()?.code(),
    }
    .failed_with("with a server")
}

fn shell_in_a_failed_test() -> Check {
    let mut command = fixture::command(["fixtures::fails_with_a_server", "--exact"]);
    command
        .env("NS_TEST_SHELL", "1")
        .env("SHELL", "sh")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut harness = Kept::start(&mut command)?;
    harness
        .0
        .stdin
        .take()
        .ok_or("it is a pipe")?
        .write_all(b"cat /proc/sys/kernel/hostname\necho pid $$\n")?;
    let mut text = String::new();
    harness
        .0
        .stdout
        .take()
        .ok_or("it is a pipe")?
        .read_to_string(&mut text)?;
    let transcript = Transcript {
        text,
        code: harness.0.wait()?.code(),
    };
    transcript.failed_with("a shell in its sandbox, which ends with it\nkept\npid ")
}

/// It ends by its timeout or by itself: in any case the test does, and nothing is left. As an ordinary user: the kernel
/// exempts the real root from the limit.
fn fork_bomb_is_ended() -> Check {
    let mark = format!("ns-test-suite-bomb-{}", std::process::id());
    let mut command = fixture::command_as_ordinary_user(["fixtures::bombs", "--exact"]);
    Transcript::of(command.env("NS_TEST_SUITE_MARK", &mark)).failed_with("fixtures::bombs")?;
    let left = host::processes_with(&mark);
    assert!(left.is_empty(), "{left:?} are left");
    Ok(())
}

/// Needs a memory limit that kills: one of a cgroup, which only root can make.
fn oom_kill_is_told() -> Check {
    let Some(cgroup) = MemoryCgroup::make(64 << 20) else {
        return Ok(());
    };
    let script = format!(
        "echo $$ > {}/cgroup.procs && exec \"$0\" \"$@\"",
        cgroup.0.display()
    );
    let mut command = Command::new("sh");
    command
        .args(["-c", &script])
        .arg(std::env::current_exe()?)
        .args(["fixtures::runs_out_of_memory", "--exact"]);
    let transcript = Transcript::of(command.env(fixture::VARIABLE, "1"));
    transcript.failed_with("was killed by SIGKILL (killed) before the test returned")?;
    transcript.failed_with(
        "meanwhile the kernel has killed 1 process for want of memory (oom_kill in /proc/vmstat)",
    )
}

/// Where the machine writes cores as files, and lets us have one.
fn core_dump_is_told() -> Check {
    let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap_or_default();
    let limits = fs::read_to_string("/proc/self/limits")?;
    let limit = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .ok_or("no such limit")?;
    let writes_files = limit.contains("unlimited") && !pattern.starts_with(['|', '@', '/']);
    let words = if writes_files {
        "SIGSEGV (invalid memory reference, core dumped)"
    } else {
        "SIGSEGV (invalid memory reference"
    };
    fixture::run("fixtures::dumps_core").failed_with(words)
}

struct MemoryCgroup(PathBuf);

impl MemoryCgroup {
    fn make(bytes: u64) -> Option<Self> {
        let versions = [
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
            ("/sys/fs/cgroup", "memory.max"),
        ];
        versions.into_iter().find_map(|(root, file)| {
            let directory =
                Path::new(root).join(format!("ns-test-suite-oom-{}", std::process::id()));
            fs::create_dir(&directory).ok()?;
            let cgroup = Self(directory);
            fs::write(cgroup.0.join(file), bytes.to_string())
                .ok()
                .map(|()| cgroup)
        })
    }
}

impl Drop for MemoryCgroup {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

/// std prints a backtrace of its own accord, which no golden file could hold.
fn double_panic() -> Check {
    let transcript = fixture::run("fixtures::panics_while_panicking");
    for words in [
        "\nthe first\n",
        "\nthe second\n",
        "the test's process was killed by SIGABRT (abort)",
    ] {
        transcript.failed_with(words)?;
    }
    Ok(())
}

fn flood_is_cut() -> Check {
    let transcript = fixture::run("fixtures::floods");
    for words in [
        " bytes left out ..]\n",
        "---- fixtures::floods ----\nxxx",
        "\nafter 1 GiB\n",
    ] {
        transcript.failed_with(words)?;
    }
    transcript.verify(transcript.text.len() < 1 << 20, "less than was written")?;
    // Of all children so far, none has had as much as a tenth of it.
    let most = raw::most_memory_of_children();
    transcript.verify(
        most < 100 << 20,
        &format!("less than {most} bytes of memory"),
    )
}

fn nocapture_passes_through() -> Check {
    let output =
        fixture::command(["fixtures::returns_noisily", "--exact", "--nocapture"]).output()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    let through = stdout.contains("to stdout\n") && stderr == "to stderr\n";
    Transcript::from(output).verify(through, "each stream where it belongs")
}

fn list() -> Check {
    let transcript = Transcript::of(&mut fixture::command(["--list", "--format", "terse"]));
    golden::compare(&file("list"), &transcript.text)
}

fn no_threads_is_an_error() -> Check {
    let transcript = Transcript::of(&mut fixture::command(["--test-threads=0"]));
    transcript.verify(transcript.code == Some(101), "exit code 101")?;
    golden::compare(&file("no_threads"), &transcript.text)
}

/// Row by row: the words stand in the transcript, and the verdict does.
fn the_table_of_the_docs_is_true() -> Check {
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/endings.md"))?;
    let rows = page
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let mut documented = Vec::new();
    for cells in rows.map(|row| row.split('|').map(str::trim).collect::<Vec<_>>()) {
        let [_, verdict, words, transcript] = cells[..] else {
            continue;
        };
        let Some(name) = transcript
            .strip_prefix('`')
            .and_then(|name| name.strip_suffix('`'))
        else {
            continue;
        };
        let text = fs::read_to_string(file(name)).map_err(|error| format!("{name}: {error}"))?;
        let words = words.trim_matches('`').trim();
        if !text.contains(&format!("... {verdict}")) || !text.contains(words) {
            return Err(format!("{name}: `{verdict}` and `{words}` are not in\n{text}").into());
        }
        documented.push(name.to_owned());
    }
    let missing: Vec<_> = ENDINGS
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !documented.iter().any(|known| known == name))
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(format!("no row for {missing:?}").into())
    }
}

fn every_fixture_is_checked() -> Check {
    let listed = Transcript::of(&mut fixture::command(["--list", "--format", "terse"])).text;
    let names = listed
        .lines()
        .filter_map(|line| line.strip_prefix("fixtures::")?.strip_suffix(": test"));
    let others = [
        "bombs",
        "dumps_core",
        "fails_with_a_server",
        "floods",
        "panics_while_panicking",
        "runs_out_of_memory",
        "sleeps",
    ];
    let is_checked =
        |name: &str| others.contains(&name) || ENDINGS.iter().any(|(checked, _)| *checked == name);
    let forgotten: Vec<&str> = names.filter(|name| !is_checked(name)).collect();
    if forgotten.is_empty() {
        Ok(())
    } else {
        Err(format!("no golden file for {forgotten:?}").into())
    }
}
