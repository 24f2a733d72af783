//! Messages around refusals. The texts of causes and remedies are in `diagnose`.

use std::fmt::Write as _;

use crate::diagnose::{Answer, Refusal, Requirement, Row};

/// Formats the text below the name of a test that the machine refuses.
pub(crate) fn refused(requirement: Requirement, refusal: &Refusal) -> String {
    format!("the test did not run: {}", refusal.summary(requirement))
}

/// Formats the reason why a test is ignored.
pub(crate) fn skipped((requirement, refusal): (Requirement, &Refusal)) -> String {
    refusal.summary(requirement)
}

/// Formats the diagnosis that appears once, at the end of a run.
pub(crate) fn diagnosis(refusals: &[&Refusal]) -> String {
    let mut text = "refused:\n".to_owned();
    for refusal in refusals {
        let _ = write!(text, "\n{refusal}\n");
    }
    text.push_str(
        "\nto ignore refused tests, set NS_TEST_REFUSED=skip; NS_TEST_DOCTOR=1 lists what this machine supports\n",
    );
    text
}

/// Formats the table of what a machine can do.
pub(crate) fn doctor((rows, refusals): &(Vec<Row>, Vec<Refusal>)) -> String {
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for Row { name, answer } in rows {
        let _ = write!(text, "{name:width$}  ");
        let _ = match answer {
            Answer::Yes => writeln!(text, "yes"),
            Answer::Note(note) => writeln!(text, "{note}"),
            Answer::Refused(requirement, number) => {
                writeln!(text, "no: {}", because(*requirement, refusals.get(*number)))
            }
            Answer::No { why, remedy } => match remedy {
                Some(remedy) => writeln!(text, "no: {why}\n{:width$}    remedy: {remedy}", ""),
                None => writeln!(text, "no: {why}"),
            },
        };
    }
    for refusal in refusals {
        let _ = write!(text, "\n{refusal}\n");
    }
    text.pop();
    text
}

fn because(requirement: Requirement, refusal: Option<&Refusal>) -> String {
    refusal.map_or_else(String::new, |refusal| refusal.summary(requirement))
}
