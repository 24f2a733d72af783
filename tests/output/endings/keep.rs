//! A failed test's sandbox: its state, kept, and with a shell in it.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use libtest_mimic::Trial;
use ns_test_suite::fixture::{self, Check, Kept, Transcript};
use ns_test_suite::host;

pub(crate) fn checks() -> Vec<Trial> {
    vec![
        Trial::test("state_of_a_failed_test", state_of_a_failed_test),
        Trial::test("kept_sandbox_can_be_entered", kept_sandbox_can_be_entered),
        Trial::test("shell_in_a_failed_test", shell_in_a_failed_test),
    ]
}

fn state_of_a_failed_test() -> Check {
    let mut command = fixture::command(["fixtures::fails_with_a_server", "--exact"]);
    let mut transcript = Transcript::of(command.env("NS_TEST_STATE", "1"));
    let lines = transcript.text.lines();
    let lines = lines.filter(|line| !host::is_fallback(line.trim()));
    transcript.text = lines.map(|line| format!("{line}\n")).collect();
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

/// Enters it with the exact line that is printed.
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
        "sh -c 'cat /proc/sys/kernel/hostname; id -u; ls /tmp; echo; grep : /proc/net/dev | cut -d: -f1'",
    );
    let inside = Command::new("sh").args(["-c", &script]).output()?;
    let found = String::from_utf8_lossy(&inside.stdout).into_owned();
    let (files, interfaces) = found.split_once("\n\n").ok_or("an empty line")?;
    assert!(
        files.starts_with("kept\n0\n") && files.contains("socket"),
        "{inside:?}"
    );
    let interfaces = interfaces.lines().map(str::trim);
    let interfaces = interfaces.filter(|name| !host::is_fallback(name));
    assert_eq!(interfaces.collect::<Vec<_>>(), ["lo"], "{inside:?}");
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
    transcript
        .failed_with("this shell runs in its sandbox, which ends when the shell exits\nkept\npid ")
}
