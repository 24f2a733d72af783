//! The plans of a launcher's tests: one after another they often ask for the same.

use crate::error::SetupError;
use crate::request::test::Test;
use crate::sandbox::Plan;
use crate::sandbox::host::HostFacts;

/// The last test's plan, where the next one may have it.
#[derive(Debug, Default)]
pub(super) struct PlanCache {
    last: Option<(&'static Test, Plan)>,
}

impl PlanCache {
    /// A plan for this test.
    pub(super) fn make(
        &mut self,
        test: &'static Test,
        facts: &HostFacts,
    ) -> Result<Plan, SetupError> {
        match self.last.take() {
            Some((before, plan)) if test.asks_for_the_same_as(before) => Ok(plan),
            _ => Plan::new(test.spec(), facts, &test.base()),
        }
    }

    /// Takes a plan back when its sandbox is over.
    pub(super) fn keep(&mut self, test: &'static Test, mut plan: Plan) {
        if plan.try_reuse() {
            self.last = Some((test, plan));
        }
    }
}
