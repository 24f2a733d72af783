//! The table of goals for human readers.

#![expect(clippy::print_stdout, reason = "this is what prints")]

use crate::judgement::{Judgement, Verdict};

/// Prints all goals, and returns the number of missed gates.
pub(crate) fn goals(judgements: &[Judgement]) -> usize {
    let width = judgements
        .iter()
        .map(|judgement| judgement.what.len())
        .max()
        .unwrap_or(0);
    println!(
        "\n{:width$} {:>22} {:>9} {:>9}",
        "goals", "ratio [middle half]", "goal", "gate"
    );
    for judgement in judgements {
        let measured = judgement.value.map_or("-".to_owned(), |value| {
            format!("{:.2} [{:.2}..{:.2}]", value.median, value.low, value.high)
        });
        let bound = |bound: f64| {
            if bound.is_finite() {
                format!("{} {bound}", judgement.sign())
            } else {
                "none".to_owned()
            }
        };
        println!(
            "{:width$} {measured:>22} {:>9} {:>9}  {}",
            judgement.what,
            bound(judgement.goal),
            bound(judgement.gate),
            word(judgement.verdict())
        );
    }
    judgements
        .iter()
        .filter(|judgement| judgement.verdict() == Verdict::GateMissed)
        .count()
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Reached => "ok",
        Verdict::GoalMissed => "over",
        Verdict::GateMissed => "GATE MISSED",
        Verdict::NotMeasured => "not measured",
    }
}
