//! The kernel's out-of-memory killer ends a service. The cgroup of the whole run has the limit, as
//! a container's has.

use libtest_mimic::{Completion, Trial};
use ns_test_suite::fixture::Check;

use super::limited::{Controller, Limited};

const MEMORY: Controller = Controller {
    name: "memory",
    file: "memory.max",
    file_of_first_version: "memory.limit_in_bytes",
    missing: "neither cgroup2 nor cgroup1 has a memory controller here",
};

pub(crate) fn trials() -> impl Iterator<Item = Trial> {
    let users = [
        ("out_of_memory_as_root", None),
        ("out_of_memory_as_an_ordinary_user", Some(65_534)),
    ];
    users.into_iter().map(|(name, user)| {
        Trial::ignorable_test(name, move || {
            let Some(cgroup) = Limited::make(name, MEMORY)? else {
                return Ok(Completion::ignored_with(MEMORY.missing));
            };
            cgroup.limit("100663296")?;
            killed(&cgroup, user)?;
            Ok(Completion::Completed)
        })
    })
}

fn killed(cgroup: &Limited, user: Option<u32>) -> Check {
    let early = cgroup.run("fixtures::is_out_of_memory_before_it_is_ready", user)?;
    early.passed(1)?;
    let late = cgroup.run("fixtures::is_out_of_memory_later", user)?;
    late.failed_with("ns-test: service `greedy` (pid ")?;
    late.failed_with(") was killed by SIGKILL, while the kernel's out-of-memory killer was active")
}
