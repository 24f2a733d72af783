//! Tests that this machine refuses: which are ignored for it, and what is said of those that fail.

use std::env;
use std::sync::Mutex;

use crate::diagnose::Probe;
use crate::error::{Errno, SetupError};
use crate::report;
use crate::request::case::Refused;
use crate::request::test::Test;
use crate::sys::lock::lock;

/// What the machine has been found to refuse. Nothing is asked of it before a test wants to know.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    probe: Mutex<Option<Probe>>,
    /// Why a test is ignored, by its number.
    reasons: Vec<Option<String>>,
}

impl Refusals {
    /// Settles, for the tests that are to be ignored where they are refused, whether they are. `skip_all`:
    /// `NS_TEST_REFUSED=skip`; else those that say so themselves.
    pub(super) fn settle(
        tests: &[Test],
        skip_all: bool,
        list: bool,
        concerns: impl Fn(&Test) -> bool,
    ) -> Self {
        // nextest has left out what the list called ignored, and takes an ignored test for a passed one.
        let is_past_the_list = !list && env::var_os("NEXTEST").is_some();
        let wanted = |test: &Test| (skip_all || test.refused() == Refused::Skip) && concerns(test);
        if is_past_the_list || !tests.iter().any(wanted) {
            return Self::default();
        }
        let mut probe = Probe::new();
        let requirements = tests
            .iter()
            .map(|test| wanted(test).then(|| probe.requirements(test.spec())));
        let requirements: Vec<_> = requirements.collect();
        probe.try_together(requirements.iter().flatten());
        let mut reason = |requirements| probe.refusal(requirements).map(report::skipped);
        let reasons = requirements
            .iter()
            .map(|requirements| reason(requirements.as_ref()?))
            .collect();
        Self {
            probe: Mutex::new(Some(probe)),
            reasons,
        }
    }

    /// Why this test is ignored.
    pub(super) fn reason(&self, index: u32) -> Option<&str> {
        let index = usize::try_from(index).ok()?;
        self.reasons.get(index)?.as_deref()
    }

    /// The same, settled for one test when its turn comes: under libtest nobody knows before which tests will run.
    pub(super) fn reason_now(&self, test: &Test, skip_all: bool) -> Option<String> {
        if !skip_all && test.refused() == Refused::Fail {
            return None;
        }
        let mut probe = lock(&self.probe);
        let probe = probe.get_or_insert_with(Probe::new);
        let requirements = probe.requirements(test.spec());
        probe.refusal(&requirements).map(report::skipped)
    }

    /// The one line for a test that has failed so, if it was the machine that refused it.
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

    /// All that was found, for the end of the run.
    pub(super) fn diagnosis(&self) -> Option<String> {
        let probe = lock(&self.probe);
        let refusals = probe.as_ref()?.refusals();
        (!refusals.is_empty()).then(|| report::diagnosis(&refusals))
    }
}

/// Whether two errnos are the same refusal. A security module denies one step with EPERM and the next
/// with EACCES, and the probe may meet another step first than the test did.
fn is_same_answer(one: Errno, other: Errno) -> bool {
    let denies = |errno| [Errno::PERM, Errno::ACCES].contains(&errno);
    one == other || denies(one) && denies(other)
}
