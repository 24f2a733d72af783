//! The report of a failed test on its network, and what it leaves.

mod fixtures;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use libtest_mimic::Trial;
use ns_test_suite::fixture::{self, Check, Kept, Transcript};
use ns_test_suite::golden;

fn main() -> ExitCode {
    fixture::main(ns_test::run, checks)
}

/// The transcripts in `golden/NAME.txt`.
const TRANSCRIPTS: [&str; 8] = [
    "panics_while_a_link_is_cut",
    "returns_an_error",
    "exits",
    "kills_itself",
    "waits_for_ever",
    "loses_its_wire_and_returns",
    "loses_its_wire_and_cuts",
    "loses_its_wire_and_waits",
];

fn checks() -> Vec<Trial> {
    let transcripts = TRANSCRIPTS.map(|name| Trial::test(name, move || has_its_words(name)));
    let others = [
        Trial::test("what_ends_well_says_nothing", what_ends_well_says_nothing),
        Trial::test("a_seed_repeats_a_test", a_seed_repeats_a_test),
        Trial::test(
            "captures_are_kept_of_failures",
            captures_are_kept_of_failures,
        ),
        Trial::test("captures_can_be_kept_always", captures_can_be_kept_always),
        Trial::test(
            "captures_are_below_the_target_directory",
            captures_are_below_target,
        ),
        Trial::test("a_capture_can_be_read", a_capture_can_be_read),
        Trial::test("nothing_is_left", nothing_is_left),
        Trial::test(
            "a_killed_harness_leaves_nothing",
            a_killed_harness_leaves_nothing,
        ),
        Trial::test("four_binaries_at_once", four_binaries_at_once),
    ];
    transcripts.into_iter().chain(others).collect()
}

/// Runs a fixture whose captures go to a directory of its own.
fn run(name: &str, directory: &Path, set: impl FnOnce(&mut Command)) -> Transcript {
    let mut command =
        fixture::command([&format!("fixtures::{name}"), "--exact", "--test-threads=1"]);
    command
        .env("NS_TEST_ARTIFACTS", directory)
        .env_remove("NS_TEST_SEED");
    command.env_remove("NS_TEST_CAPTURE");
    set(&mut command);
    Transcript::of(&mut command)
}

/// A new directory.
fn directory(name: &str) -> std::io::Result<PathBuf> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("networks")
        .join(name);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory)?;
    Ok(directory)
}

fn has_its_words(name: &str) -> Check {
    let directory = directory(name)?;
    let transcript = run(name, &directory, |_| {});
    transcript.verify(transcript.code == Some(101), "exit code 101")?;
    let text = transcript
        .text
        .replace(&directory.display().to_string(), "ARTIFACTS");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("output/networks/golden");
    golden::compare(&file.join(format!("{name}.txt")), &text)
}

fn what_ends_well_says_nothing() -> Check {
    let directory = directory("ends_well")?;
    for name in [
        "passes",
        "panics_as_it_should",
        "keeps_its_network_for_ever",
        "drops_its_network",
    ] {
        let transcript = run(name, &directory, |command| {
            command.arg("--nocapture");
        });
        transcript.passed(1)?;
        transcript.verify(!transcript.text.contains("the network"), "no report")?;
    }
    let left = fs::read_dir(directory.join("networks/fixtures"))?.count();
    if left == 0 {
        Ok(())
    } else {
        Err(format!("{left} captures are left").into())
    }
}

fn a_seed_repeats_a_test() -> Check {
    let directory = directory("repeats")?;
    let report = |seed: Option<&str>| {
        let transcript = run("panics_while_a_link_is_cut", &directory, |command| {
            seed.map(|seed| command.env("NS_TEST_SEED", seed));
        });
        let packets = transcript
            .text
            .lines()
            .find(|line| line.contains("client → server"));
        let seed = transcript
            .text
            .split("NS_TEST_SEED=")
            .nth(1)
            .and_then(|rest| rest.split(' ').next());
        packets
            .zip(seed)
            .map(|(packets, seed)| (packets.to_owned(), seed.to_owned()))
    };
    let first = report(None).ok_or("no report")?;
    let again = report(Some(&first.1)).ok_or("no report")?;
    let other = report(Some("7")).ok_or("no report")?;
    match first == again && first.0 != other.0 && other.1 == "7" {
        true => Ok(()),
        false => Err(format!("{first:?}, {again:?}, {other:?}").into()),
    }
}

fn captures_are_kept_of_failures() -> Check {
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

fn captures_can_be_kept_always() -> Check {
    let directory = directory("always")?;
    let transcript = run("passes", &directory, |command| {
        command.env("NS_TEST_CAPTURE", "always").arg("--nocapture");
    });
    transcript.passed(1)?;
    let file = directory.join("networks/fixtures/passes/packets.pcapng");
    let words = format!("packets in {}", file.display());
    transcript.verify(file.is_file() && transcript.text.contains(&words), &words)
}

fn captures_are_below_target() -> Check {
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

/// An independent pcapng reader: it checks that blocks are complete, and that each of the fixture's
/// packets appears twice.
fn a_capture_can_be_read() -> Check {
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

/// Returns the processes with this in their environment, which all processes of a run have.
fn marked(mark: &str) -> Vec<String> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let marked = processes.filter(|process| {
        let environment = fs::read(process.path().join("environ")).unwrap_or_default();
        let mark = format!("NS_TEST_SUITE_MARK={mark}");
        environment
            .split(|byte| *byte == 0)
            .any(|variable| variable == mark.as_bytes())
    });
    marked
        .map(|process| {
            let name = fs::read_to_string(process.path().join("comm")).unwrap_or_default();
            format!("{} {}", process.path().display(), name.trim())
        })
        .collect()
}

fn none_left(mark: &str) -> Check {
    match fixture::eventually(|| marked(mark).is_empty()) {
        true => Ok(()),
        false => Err(format!("{:?} are left", marked(mark)).into()),
    }
}

fn nothing_is_left() -> Check {
    let directory = directory("nothing_is_left")?;
    for name in [
        "passes",
        "panics_as_it_should",
        "exits",
        "kills_itself",
        "waits_for_ever",
    ] {
        let mark = format!("{name}-{}", std::process::id());
        run(name, &directory, |command| {
            command.env("NS_TEST_SUITE_MARK", &mark);
        });
        none_left(&mark)?;
    }
    Ok(())
}

fn a_killed_harness_leaves_nothing() -> Check {
    let directory = directory("killed_harness")?;
    let mark = format!("killed-{}", std::process::id());
    let mut command = fixture::command(["fixtures::waits_a_minute", "--exact"]);
    command
        .env("NS_TEST_ARTIFACTS", &directory)
        .env("NS_TEST_SUITE_MARK", &mark);
    command
        .args(["--test-threads=1"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut harness = Kept::start(&mut command)?;
    let runs = || {
        marked(&mark)
            .iter()
            .any(|process| process.ends_with("ns-test wire"))
    };
    if !fixture::eventually(runs) {
        return Err("no wire was started".into());
    }
    harness.0.kill()?;
    none_left(&mark)
}

fn four_binaries_at_once() -> Check {
    let start = || {
        let mut command =
            fixture::command(["fixtures::builds_many", "--exact", "--test-threads=1"]);
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
    };
    let all: Vec<_> = (0..4).map(|_| start()).collect::<Result<_, _>>()?;
    for one in all {
        Transcript::from(one.wait_with_output()?).passed(1)?;
    }
    Ok(())
}
