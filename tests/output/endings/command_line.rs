//! The command line, and the harness's output apart from verdicts.

use libtest_mimic::Trial;
use ns_test_suite::fixture::{self, Check, Transcript};
use ns_test_suite::golden;

use super::file;

pub(crate) fn checks() -> Vec<Trial> {
    vec![
        Trial::test("default_timeout", default_timeout),
        Trial::test("slow_tests_are_called_so", slow_tests_are_called_so),
        Trial::test("show_output", show_output),
        Trial::test("several_filters", several_filters),
        Trial::test("shuffled", shuffled),
        Trial::test("fail_fast", fail_fast),
        Trial::test("usage_mistakes", usage_mistakes),
        Trial::test("help", help),
        Trial::test("nocapture_passes_through", nocapture_passes_through),
        Trial::test("nextest", nextest),
        Trial::test("list", list),
        Trial::test("parts_can_be_switched_off", parts_can_be_switched_off),
        Trial::test("no_threads_is_an_error", no_threads_is_an_error),
    ]
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
        "the remedy",
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

fn nocapture_passes_through() -> Check {
    let output =
        fixture::command(["fixtures::returns_noisily", "--exact", "--nocapture"]).output()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    let through = stdout.contains("to stdout\n") && stderr == "to stderr\n";
    Transcript::from(output).verify(through, "each stream where it belongs")
}

/// In a process of nextest, the main thread runs the test. libtest-mimic then prints the name
/// first, and the output starts on the next line.
fn nextest() -> Check {
    let words = ["fixtures::panics", "--exact", "--nocapture"];
    let transcript = Transcript::of(fixture::command(words).env("NEXTEST_RUN_ID", "1"));
    transcript.verify(transcript.code == Some(101), "exit code 101")?;
    golden::compare(&file("nextest"), &transcript.text)
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

/// Switches each optimization off on its own, and all together: tests still pass and fail as they
/// should.
fn parts_can_be_switched_off() -> Check {
    let parts = ["shared-init", "pinned-cpu", "kept-plan"];
    let run = |without: &str| {
        let mut command = fixture::command(["returns_noisily", "segfaults", "aborts"]);
        Transcript::of(command.env("NS_TEST_WITHOUT", without))
    };
    for without in parts
        .map(ToOwned::to_owned)
        .into_iter()
        .chain([parts.join(", ")])
    {
        let run = run(&without);
        run.verify(
            run.text.contains("1 passed; 2 failed"),
            &format!("one passes and two fail without {without}"),
        )?;
    }
    let unknown = run("pinned-cpu,shared");
    unknown.verify(unknown.code == Some(101), "exit code 101")?;
    unknown.verify(
        unknown
            .text
            .starts_with("error: NS_TEST_WITHOUT has `shared`"),
        "the name that is none",
    )
}
