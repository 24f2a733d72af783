//! The plan of the launcher's last test, for the next one: consecutive tests often have the same
//! options.

use crate::error::SetupError;
use crate::request::test::Test;
use crate::sandbox::Plan;
use crate::sandbox::host::HostFacts;
use crate::sandbox::prepared::Task;

/// The last plan, if another test may use it.
#[derive(Default)]
pub(super) struct KeptPlan {
    last: Option<(&'static Test, Box<Plan>)>,
}

impl KeptPlan {
    /// Returns the last plan if it is the plan of this test, too, or else makes one.
    pub(super) fn take_or_make(
        &mut self,
        test: &Test,
        facts: &HostFacts,
        task: &Task,
    ) -> Result<Box<Plan>, SetupError> {
        let last = self.last.take().filter(|(last, _)| {
            *task == Task::TEST && last.spec() == test.spec() && last.base() == test.base()
        });
        match last {
            Some((_, plan)) => Ok(plan),
            None => Plan::for_task(test.spec(), facts, &test.base(), task).map(Box::new),
        }
    }

    /// Keeps the plan, after the test's init has ended.
    pub(super) fn keep(&mut self, test: &'static Test, mut plan: Box<Plan>) {
        self.last = plan.renew().then_some((test, plan));
    }
}
