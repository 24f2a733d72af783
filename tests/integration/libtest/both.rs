//! Behaviour that is the same with libtest and without.

use std::collections::BTreeMap;

use ns_test_suite::fixture::Check;
use ns_test_suite::outer::Outer;

use crate::{UNIT, WITH, WITHOUT, run};

/// Returns the verdict of each test by its name, and the section of each failed one.
pub(crate) type Told = BTreeMap<String, (String, String)>;

pub(crate) fn names(mixed: &Outer) -> Check {
    let list = |target| run(mixed, target, &["--list", "--format", "terse"]);
    let without = list(WITHOUT)?;
    without.verify(
        without.text.contains("endings::r#match: test"),
        "the name of a raw identifier",
    )?;
    let with = list(WITH)?;
    with.verify(with.text == without.text, &without.text)?;
    let unit = list(UNIT)?;
    let more = "tests::in_a_sandbox: test\ntests::without_a_sandbox: test\n";
    unit.verify(unit.text == without.text.clone() + more, &without.text)
}

pub(crate) fn endings(mixed: &Outer) -> Check {
    let without = run(mixed, WITHOUT, &["--include-ignored"])?;
    without.verify(without.text.contains("8 passed"), "the usual endings")?;
    let expected = told(&without.text);
    for target in [UNIT, WITH] {
        let with = run(mixed, target, &["endings::", "--include-ignored"])?;
        let found = told(&with.text);
        with.verify(with.code == without.code, "the same exit code")?;
        for (name, ending) in &expected {
            let same = found.get(name) == Some(&with_libtest(ending));
            with.verify(same, &format!("{name}: {ending:?}"))?;
        }
        with.verify(found.len() == expected.len(), "the same tests")?;
    }
    Ok(())
}

/// Returns the verdict that libtest gives: it does not support a test that reports itself as
/// ignored at run time.
fn with_libtest((verdict, section): &(String, String)) -> (String, String) {
    let verdict = match verdict.as_str() {
        "ignored (there is no moon)" => "ok",
        verdict => verdict,
    };
    (verdict.to_owned(), section.clone())
}

pub(crate) fn told(text: &str) -> Told {
    let mut told = Told::new();
    for line in text.lines() {
        let verdict = line
            .strip_prefix("test ")
            .and_then(|line| line.split_once(" ... "));
        if let Some((name, verdict)) = verdict {
            told.insert(
                name.trim_end().to_owned(),
                (verdict.to_owned(), String::new()),
            );
        }
    }
    for section in text.split("\n---- ").skip(1) {
        let Some((title, rest)) = section.split_once(" ----\n") else {
            continue;
        };
        let name = title.trim_end_matches(" stdout");
        let text = rest.split("\n\nfailures:").next().unwrap_or_default();
        if let Some((_, section)) = told.get_mut(name) {
            *section = lasting(text.trim_end());
        }
    }
    told
}

/// Removes the kernel's stacks, which differ between runs, and the prefix of source places, which
/// differs between targets.
fn lasting(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with("        "));
    lines
        .map(|line| line.replace("src/../", "").replace("tests/../", "") + "\n")
        .collect()
}
