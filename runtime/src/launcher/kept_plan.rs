//! The plan of a launcher's last test, kept for its next one.
//!
//! *What.* A test whose request equals the last test's uses the same plan.
//!
//! *Why.* Most tests of a suite have the same options. In a debug build, a test then takes 2 to 7
//! percent less processor time: docs/performance.md. It saves the planning, and page faults,
//! because each page that the launcher writes after a fork costs one.
//!
//! *Why it is never stale.* A plan depends on the request and on facts that a launcher gathers
//! once. Some plans also depend on files of the host or on the manifest directory, or have a cgroup
//! of their own: they are not kept ([`Plan::may_run_again`]). What a run writes into its plan is
//! cleared ([`Plan::renew`]).
//!
//! *What could go wrong.* An option that makes planning read the host, but is missing in that
//! check, would give a test an old view of the host. The check therefore names every option.
//!
//! `NS_TEST_WITHOUT=kept-plan` switches it off.

use crate::error::SetupError;
use crate::request::spec::Spec;
use crate::request::test::Test;
use crate::sandbox::Plan;
use crate::sandbox::host::HostFacts;
use crate::sandbox::prepared::Task;

use super::optimizations::Optimization;

/// The last plan, if it may be used again.
pub(super) struct KeptPlan {
    is_on: bool,
    last: Option<(&'static Spec, Box<Plan>)>,
}

impl KeptPlan {
    pub(super) fn new() -> Self {
        Self {
            is_on: Optimization::KeptPlan.is_on(),
            last: None,
        }
    }

    /// Returns the plan for a test: the last test's, if the requests are equal, or a new one.
    pub(super) fn plan(
        &mut self,
        test: &'static Test,
        task: &Task,
        facts: &HostFacts,
    ) -> Result<Box<Plan>, SetupError> {
        match self.last.take() {
            Some((spec, mut plan)) if *task == Task::TEST && is_same(spec, test.spec()) => {
                plan.renew();
                Ok(plan)
            }
            _ => Plan::for_task(test.spec(), facts, &test.base(), task).map(Box::new),
        }
    }

    /// Keeps a plan that was carried out.
    pub(super) fn keep(&mut self, test: &'static Test, plan: Box<Plan>) {
        if self.is_on && plan.may_run_again(test.spec()) {
            self.last = Some((test.spec(), plan));
        }
    }
}

fn is_same(one: &'static Spec, other: &'static Spec) -> bool {
    std::ptr::eq(one, other) || one == other
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Sandbox, Trial};

    fn test(sandbox: Sandbox) -> &'static Test {
        Box::leak(Box::new(Trial::new("name", sandbox, || ()).into()))
    }

    /// Returns whether a test with the second request gets the plan of one with the first. The plan
    /// that it gets must equal a new one.
    fn is_kept(first: Sandbox, second: Sandbox) -> bool {
        let mut kept = KeptPlan {
            is_on: true,
            last: None,
        };
        let facts = HostFacts::gather();
        let (first, second) = (test(first), test(second));
        let plan = kept.plan(first, &Task::TEST, &facts).expect("a plan");
        let address = &raw const *plan;
        kept.keep(first, plan);
        // A new plan cannot have the address while the old one is kept.
        let is_kept = kept.last.is_some();
        let used = kept.plan(second, &Task::TEST, &facts).expect("a plan");
        let new = Plan::for_task(second.spec(), &facts, &second.base(), &Task::TEST);
        let new = new.expect("a plan");
        assert_eq!(format!("{used:?}"), format!("{new:?}"));
        is_kept && std::ptr::eq(&raw const *used, address)
    }

    #[test]
    fn equal_requests_share_a_plan() {
        for request in [
            Sandbox::new,
            || Sandbox::new().user().net().mount(),
            || Sandbox::new().net().pid().ipc().uts().time(),
            || Sandbox::new().user_as(7, 8).env("KEY", "value").host_tmp(),
        ] {
            assert!(is_kept(request(), request()), "{:?}", request());
        }
    }

    #[test]
    fn another_request_has_its_own_plan() {
        let first = || Sandbox::new().user().net();
        for second in [
            Sandbox::new().user(),
            first().mount(),
            first().lo_down(),
            first().limit_files(64),
            first().user_as(1, 1),
        ] {
            assert!(!is_kept(first(), second.clone()), "{second:?}");
        }
    }

    /// Between two tests, files of the host may change.
    #[test]
    fn requests_with_paths_or_names_have_new_plans() {
        for request in [
            Sandbox::new().bind("/etc", "/mnt"),
            Sandbox::new().overlay("/etc"),
            Sandbox::new().ro("/etc"),
            Sandbox::new().tmpfs("/mnt"),
            Sandbox::new().hostname("name"),
            Sandbox::new().cwd("src"),
        ] {
            assert!(!is_kept(request.clone(), request.clone()), "{request:?}");
        }
    }

    #[test]
    fn it_can_be_switched_off() {
        let (facts, test) = (HostFacts::gather(), test(Sandbox::new().user()));
        for is_on in [true, false] {
            let mut kept = KeptPlan { is_on, last: None };
            let plan = kept.plan(test, &Task::TEST, &facts).expect("a plan");
            kept.keep(test, plan);
            assert_eq!(kept.last.is_some(), is_on);
        }
    }

    #[test]
    fn only_the_plans_of_tests_are_kept() {
        let (facts, test) = (HostFacts::gather(), test(Sandbox::new().user().mount()));
        let task = Task::Remove { trees: Vec::new() };
        let mut kept = KeptPlan {
            is_on: true,
            last: None,
        };
        let plan = kept.plan(test, &task, &facts).expect("a plan");
        kept.keep(test, plan);
        assert!(kept.last.is_none());
    }
}
