//! Closed streams, and a reader that stops early.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::os::fd::OwnedFd;
use std::process::Stdio;

use libtest_mimic::{Completion, Failed};
use ns_test_suite::fixture::{Check, Kept, Transcript, eventually};
use ns_test_suite::raw;

use crate::{Binaries, all, nothing_is_left};

/// Runs without descriptor 0. (/dev/null would be an open descriptor.)
pub(crate) fn stdin(binaries: &Binaries) -> Result<Completion, Failed> {
    all(binaries.commands_after("exec 0<&-"))
}

/// Runs without stderr, when all output is readable, and without stdout, when only the exit status
/// shows the result.
pub(crate) fn output(binaries: &Binaries) -> Result<Completion, Failed> {
    all(binaries.commands_after("exec 2>&-"))?;
    all(binaries.commands_after("exec 0<&- 2>&-"))?;
    for words in ["exec 1>&-", "exec 1>&- 2>&-", "exec 0<&- 1>&- 2>&-"] {
        for (arguments, code) in [
            (&["is_"][..], 0),
            (&["prints"], 101),
            (&["--exact", "cases::is_process_2"], 0),
        ] {
            for mut command in binaries.commands_after(words) {
                let run = Transcript::of(command.args(arguments));
                run.verify(run.code == Some(code), &format!("{code} after {words}"))?;
                nothing_is_left()?;
            }
        }
    }
    Ok(Completion::Completed)
}

/// Runs with a stdout that fails at the first printed line: it has no reader, or no space left.
pub(crate) fn reader_is_gone(binaries: &Binaries) -> Result<Completion, Failed> {
    for arguments in [&[][..], &["--test-threads=1"], &["--list"]] {
        for (command, full) in binaries.commands().zip(binaries.commands()) {
            let (reader, writer) = raw::pipe()?;
            drop(reader);
            let no_room = File::options().write(true).open("/dev/full")?.into();
            for (mut command, stdout, words) in [
                (command, writer, "Broken pipe"),
                (full, no_room, "No space left on device"),
            ] {
                command
                    .args(arguments)
                    .stdout(stdout)
                    .stderr(Stdio::piped());
                ended(&Transcript::of(&mut command), words)?;
            }
        }
    }
    Ok(Completion::Completed)
}

/// Runs with a reader that stops, as with `| head -1`: the next printed result is the last, even if
/// tests are still running.
pub(crate) fn reader_goes(binaries: &Binaries) -> Result<Completion, Failed> {
    for (number, mut command) in binaries.commands().enumerate() {
        let word = binaries.place.join(format!("word-{number}"));
        let _ = fs::remove_file(&word);
        let (reader, writer) = raw::pipe()?;
        let arguments = ["--ignored", "--test-threads=2"];
        command
            .args(arguments)
            .env("PLACE_WORD", &word)
            .stdout(writer)
            .stderr(Stdio::piped());
        let mut harness = Kept::start(&mut command)?;
        // The command has a copy of the pipe's end.
        drop(command);
        read_line(reader)?;
        fs::write(&word, "")?;
        let over = eventually(|| matches!(harness.0.try_wait(), Ok(Some(_))));
        if !over {
            return Err("it runs on, with nobody to read of it".into());
        }
        let code = harness.0.wait()?.code();
        let mut text = String::new();
        if let Some(mut stderr) = harness.0.stderr.take() {
            stderr.read_to_string(&mut text)?;
        }
        ended(&Transcript { text, code }, "Broken pipe")?;
        fs::remove_file(&word)?;
    }
    Ok(Completion::Completed)
}

/// Checks that the run ended as in libtest: with a message, and exit status 101.
fn ended(run: &Transcript, words: &str) -> Check {
    let told = run.text.starts_with("error: io error when ") && run.text.contains(words);
    run.verify(told && run.code == Some(101), "a word on stderr, and 101")?;
    nothing_is_left()
}

/// Reads the first line that is not empty, and closes the pipe.
fn read_line(reader: OwnedFd) -> io::Result<String> {
    let mut lines = BufReader::with_capacity(1, File::from(reader)).lines();
    loop {
        match lines.next() {
            Some(Ok(line)) if line.is_empty() => {}
            Some(line) => return line,
            None => return Ok(String::new()),
        }
    }
}
