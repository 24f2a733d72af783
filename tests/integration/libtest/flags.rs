//! libtest's command line, which both harnesses accept.

use std::collections::BTreeMap;

use ns_test_suite::fixture::{Check, Transcript};
use ns_test_suite::outer::Outer;

use crate::both::told;
use crate::{WITH, WITHOUT, binary, run};

/// Selects tests, and ignored ones.
pub(crate) fn choice(mixed: &Outer) -> Check {
    let lines: [&[&str]; 12] = [
        &["returns", "inner"],
        &["--exact", "endings::returns"],
        &["--exact", "endings::returns", "endings::r#match"],
        &["returns", "--skip", "an_error", "--skip=exit_code"],
        &[
            "--exact",
            "--skip",
            "endings::returns",
            "endings::returns",
            "endings::r#match",
        ],
        &["match", "ignored", "--ignored"],
        &["match", "ignored", "--include-ignored"],
        &["match", "--test-threads", "1"],
        &["match", "returns", "--test-threads=3", "--color", "never"],
        &["made", "--format=pretty"],
        &["there is none of this name"],
        &["made", "--no-capture"],
    ];
    for line in lines {
        let (with, without) = (run(mixed, WITH, line)?, run(mixed, WITHOUT, line)?);
        let same = told(&with.text) == told(&without.text) && with.code == without.code;
        with.verify(
            same,
            &format!("as without libtest, by {line:?}:\n{}", without.text),
        )?;
    }
    for line in [
        &["--test-threads=0"][..],
        &["--test-threads=x"],
        &["--frob"],
    ] {
        let (with, without) = (run(mixed, WITH, line)?, run(mixed, WITHOUT, line)?);
        with.verify(with.code == without.code, &format!("{line:?}: {without:?}"))?;
    }
    Ok(())
}

/// Selects the printed output of tests.
pub(crate) fn output(mixed: &Outer) -> Check {
    const NAME: &str = "endings::prints_and_returns";
    let quiet = run(mixed, WITH, &["--exact", NAME])?;
    quiet.verify(
        !quiet.text.contains("to stdout"),
        "the output of a passed test captured",
    )?;
    let shown = run(mixed, WITH, &["--exact", NAME, "--show-output"])?;
    let section = format!("---- {NAME} stdout ----\nto stdout\nto stderr\n");
    shown.verify(shown.text.contains(&section), "the output of a passed test")?;
    let skipped = run(mixed, WITH, &["skips_itself", "--show-output"])?;
    let words = "a look around\nignored: there is no moon\n";
    skipped.verify(skipped.text.contains(words), "why it ignored itself")?;
    for (argument, variable) in [("--nocapture", "0"), ("--no-capture", "0"), ("-q", "1")] {
        let output = binary(mixed, WITH)?
            .args(["--exact", NAME, argument])
            .env("RUST_TEST_NOCAPTURE", variable)
            .output()?;
        let streams = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
        if !streams[0].contains("to stdout\n") || streams[1] != "to stderr\n" {
            return Err(format!("{argument}: wanted both streams, got {streams:?}").into());
        }
    }
    let limited = binary(mixed, WITH)?
        .args(["takes_too_long", "inner"])
        .env("NS_TEST_TIMEOUT", "soon")
        .output()?;
    let text = String::from_utf8_lossy(&limited.stdout);
    match text.contains("NS_TEST_TIMEOUT is `soon`") && text.contains("2 failed") {
        true => Ok(()),
        false => Err(format!("wanted the variable's mistake, got {text}").into()),
    }
}

/// Options of libtest on nightly.
pub(crate) fn unstable(mixed: &Outer) -> Check {
    const FILTERS: [&str; 3] = ["returns", "panic", "made"];
    let plain = run(mixed, WITH, &FILTERS)?;
    let expected = verdicts(&plain.text);
    plain.verify(expected.len() > 8, "tests")?;
    for flags in [
        &["--shuffle"][..],
        &["--shuffle-seed=7", "--test-threads=1"],
        &["--report-time"],
        &["--ensure-time"],
        &["--format=json"],
        &["--format=json", "--report-time", "--shuffle"],
    ] {
        let mut command = binary(mixed, WITH)?;
        command.args(FILTERS).arg("-Zunstable-options").args(flags);
        let found = Transcript::of(command.env("RUSTC_BOOTSTRAP", "1"));
        let same = verdicts(&found.text) == expected && found.code == plain.code;
        found.verify(same, &format!("by {flags:?} the verdicts {expected:?}"))?;
        let output = found
            .text
            .replace("\\n", "\n")
            .contains("to stdout\nto stderr\n");
        found.verify(output, "the output of what failed")?;
    }
    Ok(())
}

/// Returns whether each test has passed, from human-readable lines or from JSON.
fn verdicts(text: &str) -> BTreeMap<String, bool> {
    let pretty = told(text)
        .into_iter()
        .map(|(name, (verdict, _))| (name, verdict.starts_with("ok")));
    let json = text.lines().filter_map(|line| {
        let (name, event) = line
            .strip_prefix("{ \"type\": \"test\", \"name\": \"")?
            .split_once('"')?;
        Some((name.to_owned(), event.contains("\"event\": \"ok\"")))
    });
    pretty.chain(json).collect()
}
