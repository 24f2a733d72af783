//! What a run says about a goal.

use crate::statistics::Figure;

/// A goal and its measurement.
#[derive(Debug)]
pub(crate) struct Judgement {
    pub(crate) what: String,
    /// The part of the bench that measures it, and the group in that part.
    pub(crate) part: &'static str,
    pub(crate) group: String,
    pub(crate) value: Option<Figure>,
    pub(crate) goal: f64,
    /// The limit that must also hold on a busy machine.
    pub(crate) gate: f64,
    /// Whether a higher value is better.
    pub(crate) at_least: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Reached,
    GoalMissed,
    GateMissed,
    NotMeasured,
}

impl Judgement {
    pub(crate) fn sign(&self) -> &'static str {
        if self.at_least { "≥" } else { "≤" }
    }

    pub(crate) fn verdict(&self) -> Verdict {
        let Some(value) = self.value else {
            return Verdict::NotMeasured;
        };
        let holds = |bound: f64| {
            if self.at_least {
                value.median >= bound
            } else {
                value.median <= bound
            }
        };
        match (holds(self.goal), holds(self.gate)) {
            (true, _) => Verdict::Reached,
            (false, true) => Verdict::GoalMissed,
            (false, false) => Verdict::GateMissed,
        }
    }
}

/// Returns the parts and groups that have missed a gate.
pub(crate) fn missed(judgements: &[Judgement]) -> Vec<(&'static str, &str)> {
    let mut missed: Vec<_> = judgements
        .iter()
        .filter(|judgement| judgement.verdict() == Verdict::GateMissed)
        .map(|judgement| (judgement.part, &*judgement.group))
        .collect();
    missed.dedup();
    missed
}

/// Replaces each measurement that missed a gate with the new one.
pub(crate) fn replace(judgements: &mut [Judgement], again: Vec<Judgement>) {
    for (judgement, again) in judgements.iter_mut().zip(again) {
        if judgement.verdict() == Verdict::GateMissed && again.value.is_some() {
            *judgement = again;
        }
    }
}
