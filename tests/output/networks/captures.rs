//! Captures: whether they are kept, and that other programs can read them.

use std::fs;
use std::path::Path;
use std::process::Command;

use libtest_mimic::{Completion, Failed};
use ns_test_suite::fixture::Check;
use ns_test_suite::host;

use crate::{directory, run};

pub(crate) fn are_kept() -> Check {
    let directory = directory("of_failures")?;
    for name in ["panics_while_a_link_is_cut", "exits", "waits_for_ever"] {
        let transcript = run(name, &directory, |_| {});
        let file = directory
            .join("networks/fixtures")
            .join(name)
            .join("packets.pcapng");
        transcript.verify(file.is_file(), &file.display().to_string())?;
        let words = format!("packets in {}", file.display());
        transcript.verify(transcript.text.contains(&words), &words)?;
    }
    Ok(())
}

pub(crate) fn kept_always() -> Check {
    let directory = directory("always")?;
    let transcript = run("passes", &directory, |command| {
        command.env("NS_TEST_CAPTURE", "always").arg("--nocapture");
    });
    transcript.passed(1)?;
    let file = directory.join("networks/fixtures/passes/packets.pcapng");
    let words = format!("packets in {}", file.display());
    transcript.verify(file.is_file() && transcript.text.contains(&words), &words)
}

/// Checks that each network of a test has its own file, although all have the same path, and more
/// networks end than a report has room for.
pub(crate) fn have_numbers() -> Check {
    let directory = directory("numbers")?;
    let run = run("builds_ten_and_fails", &directory, |_| {});
    run.verify(run.code == Some(101), "a failure")?;
    let files = directory.join("networks/fixtures/builds_ten_and_fails/inner");
    let last = files.join("packets-10.pcapng");
    let words = format!("packets in {}\n", last.display());
    run.verify(run.text.contains(&words), &words)?;
    let size = fs::metadata(&last).map(|facts| facts.len());
    run.verify(
        size.as_ref().is_ok_and(|size| *size > 300),
        &format!("{size:?}"),
    )
}

/// Checks that a passed test removes its own directories, and no other: not even an empty one.
pub(crate) fn leave_no_directory() -> Check {
    let artifacts = directory("no_directory")?;
    let elsewhere = directory("elsewhere")?;
    for asked in ["inner/deep/run.pcapng", "run.pcapng"] {
        let run = run("captures_to_the_given_path", &artifacts, |command| {
            command.env("CAPTURE", asked);
        });
        run.passed(1)?;
    }
    let run = run("captures_to_the_given_path", &artifacts, |command| {
        command.env("CAPTURE", elsewhere.join("new/deep/run.pcapng"));
    });
    run.passed(1)?;
    let left = |directory: &Path| -> std::io::Result<Vec<_>> {
        let entries = fs::read_dir(directory)?;
        Ok(entries.flatten().map(|entry| entry.file_name()).collect())
    };
    let [artifacts, elsewhere] =
        [artifacts.join("networks/fixtures"), elsewhere].map(|path| left(&path));
    match (artifacts?.as_slice(), elsewhere?.as_slice()) {
        ([], []) => Ok(()),
        left => Err(format!("left: {left:?}").into()),
    }
}

pub(crate) fn are_below_target() -> Check {
    let transcript = run("exits", Path::new(""), |command| {
        command.env_remove("NS_TEST_ARTIFACTS");
    });
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .ok_or("no target directory")?;
    let file = target.join("ns-test/networks/fixtures/exits/packets.pcapng");
    let kept = file.is_file();
    let _ = fs::remove_file(&file);
    transcript.verify(kept, &file.display().to_string())
}

/// Reads a capture independently of the runtime's code: checks that blocks are complete, and that
/// each of the fixture's packets appears twice.
pub(crate) fn can_be_read() -> Check {
    let directory = directory("can_be_read")?;
    let transcript = run("returns_an_error", &directory, |_| {});
    let file = directory.join("networks/fixtures/returns_an_error/packets.pcapng");
    let bytes = fs::read(&file).map_err(|error| format!("{error}\n{}", transcript.text))?;
    let (mut interfaces, mut datagrams, mut at) = (Vec::new(), Vec::new(), 0);
    while at < bytes.len() {
        let word = |at: usize| {
            bytes
                .get(at..at + 4)
                .map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
        };
        let (kind, length) = word(at).zip(word(at + 4)).ok_or("a block is cut short")?;
        let length = usize::try_from(length)?;
        if length % 4 != 0 || word(at + length - 4).map(usize::try_from) != Some(Ok(length)) {
            return Err(format!("the block at {at} says {length}").into());
        }
        let body = &bytes[at + 8..at + length - 4];
        match kind {
            1 => interfaces.push(String::from_utf8_lossy(&body[12..23]).into_owned()),
            6 if body[20..].windows(2).any(|pair| pair == [8, 0]) && body[20 + 23] == 17 => {
                // The interface, and the direction at its end: an option of code 2.
                let direction = body[body.len() - 8];
                datagrams.push((body[0], direction));
            }
            _ => {}
        }
        at += length;
    }
    // Out of the client, and into the server.
    let expected = [(0, 2), (1, 1)];
    let named = interfaces == ["client eth0", "server eth0"];
    match named && datagrams == expected {
        true => Ok(()),
        false => Err(format!("{interfaces:?} {datagrams:?}").into()),
    }
}

/// Checks by Wireshark's dissector: the names of the interfaces, the direction, and a good
/// checksum.
pub(crate) fn tshark_reads() -> Result<Completion, Failed> {
    if !host::has_program("tshark") {
        return Ok(Completion::ignored_with("tshark is not installed"));
    }
    let directory = directory("tshark")?;
    let transcript = run("returns_an_error", &directory, |_| {});
    let file = directory.join("networks/fixtures/returns_an_error/packets.pcapng");
    let mut tshark = Command::new("tshark");
    tshark.args(["-o", "udp.check_checksum:TRUE", "-Y", "udp", "-T", "fields"]);
    for field in [
        "frame.interface_name",
        "frame.packet_flags_direction",
        "ip.src",
        "ip.dst",
        "udp.dstport",
        "udp.checksum.status",
        "data.text",
    ] {
        tshark.args(["-e", field]);
    }
    // It keeps its settings in the home directory, which may be read-only.
    let output = tshark
        .arg("-r")
        .arg(&file)
        .env("HOME", &directory)
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let expected = "client eth0\t0x00000002\t10.0.0.1\t10.0.0.2\t9\t1\t\n\
                    server eth0\t0x00000001\t10.0.0.1\t10.0.0.2\t9\t1\t\n";
    match output.status.success() && text == expected {
        true => Ok(Completion::Completed),
        false => {
            let errors = String::from_utf8_lossy(&output.stderr);
            Err(format!("{text:?}\n{errors}\n{}", transcript.text).into())
        }
    }
}
