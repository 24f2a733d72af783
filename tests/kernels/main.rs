//! Checks that need another kernel, or a whole machine's root: real refusals, each with its golden
//! text, and features that an old kernel lacks.
//!
//! These checks change settings of the machine. They run only in the virtual machine of
//! `tests/kernels/run`, which sets [`GUEST`].

mod apparmor;
mod cgroups;
#[path = "../output/refusals/fixtures.rs"]
mod fixtures;
mod limited;
mod machine;
mod modular;
mod modules;
mod settings;

use std::env;
use std::process::ExitCode;

use libtest_mimic::{Completion, Trial};
use ns_test_suite::fixture::{self, Check};
use ns_test_suite::host;

/// The name of the guest's kernel: golden files may differ between kernels.
const GUEST: &str = "NS_TEST_SUITE_KERNEL";

fn main() -> ExitCode {
    // They change settings of the whole machine: one at a time.
    fixture::main_one_by_one(ns_test::run, checks)
}

fn checks() -> Vec<Trial> {
    let files = [
        settings::CHECKS,
        cgroups::CHECKS,
        modules::CHECKS,
        apparmor::CHECKS,
    ];
    let checks = files.into_iter().flatten();
    checks.map(|(name, check)| trial(name, *check)).collect()
}

fn trial(name: &'static str, check: fn() -> Check) -> Trial {
    Trial::ignorable_test(name, move || {
        if env::var_os(GUEST).is_none() {
            return Ok(Completion::ignored_with(
                "changes the machine: run by tests/kernels/run",
            ));
        }
        if !host::is_real_root() {
            return Ok(Completion::ignored_with("needs root"));
        }
        check().map(|()| Completion::Completed)
    })
}
