//! Tests that this machine refuses: which of them are ignored, and what to report for those that
//! fail.

use std::env;
use std::sync::Mutex;

use crate::diagnose::Probe;
use crate::error::{Errno, SetupError};
use crate::report;
use crate::request::case::Refused;
use crate::request::test::Test;
use crate::sys::lock::lock;

/// What the machine has been found to refuse. No probe runs before a test needs it.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    probe: Mutex<Option<Probe>>,
    /// The reason why a test is ignored, by its number.
    reasons: Vec<Option<String>>,
}

impl Refusals {
    /// Probes each test that is to be ignored if the machine refuses it. With `skip_all`
    /// (`NS_TEST_REFUSED=skip`) those are all tests, or else those whose attribute has `refused =
    /// "skip"`.
    pub(super) fn settle(
        tests: &[Test],
        skip_all: bool,
        list: bool,
        concerns: impl Fn(&Test) -> bool,
    ) -> Self {
        // nextest has already excluded what the list called ignored, and counts an ignored test as
        // passed.
        let is_past_the_list = !list && env::var_os("NEXTEST").is_some();
        let wanted = |test: &Test| (skip_all || test.refused() == Refused::Skip) && concerns(test);
        if is_past_the_list || !tests.iter().any(wanted) {
            return Self::default();
        }
        let mut probe = Probe::new();
        let mut requirements = Vec::new();
        for test in tests {
            requirements.push(wanted(test).then(|| probe.requirements(test.spec())));
        }
        probe.try_together(requirements.iter().flatten());
        let mut reasons = Vec::new();
        for requirements in &requirements {
            let refusal = requirements.as_ref().and_then(|all| probe.refusal(all));
            reasons.push(refusal.map(report::skipped));
        }
        Self {
            probe: Mutex::new(Some(probe)),
            reasons,
        }
    }

    /// Returns the reason why this test is ignored, if it is.
    pub(super) fn reason(&self, index: u32) -> Option<&str> {
        let index = usize::try_from(index).ok()?;
        self.reasons.get(index)?.as_deref()
    }

    /// Returns the reason why this test is ignored, when it starts: libtest does not report in
    /// advance which tests will run.
    pub(super) fn reason_now(&self, test: &Test, skip_all: bool) -> Option<String> {
        if !skip_all && test.refused() == Refused::Fail {
            return None;
        }
        let mut probe = lock(&self.probe);
        let probe = probe.get_or_insert_with(Probe::new);
        let requirements = probe.requirements(test.spec());
        probe.refusal(&requirements).map(report::skipped)
    }

    /// Returns the one-line reason for a failed test, if the machine refused it.
    pub(super) fn line(&self, test: &Test, error: &SetupError) -> Option<String> {
        if !error.is_refusal() {
            return None;
        }
        let mut probe = lock(&self.probe);
        let probe = probe.get_or_insert_with(Probe::new);
        let requirements = probe.requirements(test.spec());
        let (requirement, refusal) = probe.refusal(&requirements)?;
        is_same_answer(refusal.error().errno(), error.errno())
            .then(|| report::refused(requirement, refusal))
    }

    /// Returns the complete diagnosis for the end of the run, if anything was refused.
    pub(super) fn diagnosis(&self) -> Option<String> {
        let probe = lock(&self.probe);
        let refusals = probe.as_ref()?.refusals();
        (!refusals.is_empty()).then(|| report::diagnosis(&refusals))
    }
}

/// Returns whether two errnos mean the same refusal. A security module denies one step with EPERM
/// and the next with EACCES, and the probe may reach another step first than the test did.
fn is_same_answer(one: Errno, other: Errno) -> bool {
    let denies = |errno| [Errno::PERM, Errno::ACCES].contains(&errno);
    one == other || denies(one) && denies(other)
}
