//! Machines that refuse: each refusal is real where this machine allows it, and the whole message
//! is compared.

mod command;
mod doctor;
mod fixtures;
mod jail;
mod setups;
mod skip;
mod works;

use std::env;
use std::process::{Command, ExitCode};
use std::thread;

use command::{file, has_its_words, limited};
use jail::JAIL;
use libtest_mimic::{Completion, Failed, Trial};
use ns_test_suite::fixture::{self, Check, Transcript};
use ns_test_suite::{golden, host};
use setups::{NO_SHM, PLAIN, REFUSALS};

fn main() -> ExitCode {
    match env::var(JAIL) {
        Ok(jail) => panic!("no fixture in the jail {jail}: {}", jail::enter(&jail)),
        Err(_) => fixture::main(ns_test::run, checks),
    }
}

fn checks() -> Vec<Trial> {
    let mut all = Vec::new();
    for (name, way) in REFUSALS {
        for (who, ordinary) in [("as_is", false), ("as_a_user", true)] {
            let check = move || has_its_words(name, *way, ordinary);
            all.push(Trial::test(format!("{who}::{name}"), check));
        }
    }
    all.extend(other_checks());
    all
}

fn other_checks() -> impl IntoIterator<Item = Trial> {
    [
        Trial::test("unmapped", unmapped),
        Trial::test("no_shm", no_shm),
        Trial::ignorable_test(
            "doctor_next_to_a_dead_mount",
            doctor::doctor_next_to_a_dead_mount,
        ),
        Trial::test("too_few_files", too_few_files),
        Trial::test("too_few_processes", too_few_processes),
        Trial::test("host_without_privileges", host_without_privileges),
        Trial::test("works_without_clone3", works::works_without_clone3),
        Trial::test(
            "works_without_close_range",
            works::works_without_close_range,
        ),
        Trial::test(
            "works_without_mount_setattr",
            works::works_without_mount_setattr,
        ),
        Trial::test("works_without_pidfd_open", works::works_without_pidfd_open),
        Trial::test("works_with_sys_read_only", works::works_with_sys_read_only),
        Trial::test(
            "skipped_tests_are_listed_as_ignored",
            skip::listed_as_ignored,
        ),
        Trial::test("skipped_tests_never_pass_unrun", skip::never_pass_unrun),
        Trial::test("unknown_policy", skip::unknown_policy),
        Trial::test("json_has_no_diagnosis", skip::json_has_no_diagnosis),
        Trial::test("doctor", doctor::doctor),
        Trial::test(
            "doctor_of_a_machine_that_refuses",
            doctor::doctor_of_refusals,
        ),
        Trial::test("probe_beside_threads", probe_beside_threads),
        Trial::test("past_the_list_nothing_is_ignored", skip::past_the_list),
        Trial::ignorable_test("root_without_sys_admin", root_without_sys_admin),
    ]
}

fn unmapped() -> Check {
    let mut command = Command::new("unshare");
    command
        .arg("-U")
        .arg(env::current_exe()?)
        .args(["fixtures::bare", "--test-threads=1"])
        .env(fixture::VARIABLE, "1");
    golden::compare(&file("unmapped"), &Transcript::of(&mut command).text)
}

fn no_shm() -> Check {
    has_its_words("no_shm", NO_SHM, true)
}

/// Checks that tests pass, or fail and name the remedy, under every small limit of open files. The
/// run may ignore refusals.
fn too_few_files() -> Check {
    let mut failed = 0;
    for most in 5..20 {
        let transcript = limited(&format!("--nofile={most}:{most}"));
        if transcript.passed(1).is_err() {
            transcript.verify(transcript.text.contains("raise `ulimit -n`"), "the remedy")?;
            failed += 1;
        }
    }
    assert_ne!(failed, 0, "no limit was too low");
    Ok(())
}

fn too_few_processes() -> Check {
    let transcript = limited("--nproc=1:1");
    transcript.verify(transcript.text.contains("raise `ulimit -u`"), "the remedy")?;
    transcript.verify(transcript.code == Some(101), "a failure")
}

fn host_without_privileges() -> Check {
    has_its_words(
        "host_without_privileges",
        PLAIN.only(&["fixtures::host_net"]),
        true,
    )
}

/// Probes from many threads at once, while others allocate.
fn probe_beside_threads() -> Check {
    let probes: Vec<_> = (0..8)
        .map(|number| {
            thread::spawn(move || {
                (0..5).try_for_each(|round| {
                    drop(vec![round; 1 << number]);
                    ns_test::probe()?;
                    ns_test::Sandbox::new().time().probe()
                })
            })
        })
        .collect();
    for probe in probes {
        probe.join().map_err(|_panic| "a thread panicked")??;
    }
    Ok(())
}

/// Checks root without CAP_SYS_ADMIN: all options work through `user`, and none without it.
fn root_without_sys_admin() -> Result<Completion, Failed> {
    if !host::is_real_root() {
        return Ok(Completion::ignored_with("needs root"));
    }
    let drop = ["--bounding-set=-sys_admin", "--inh-caps=-sys_admin"];
    let run = |filter: &str| {
        let mut command = Command::new("setpriv");
        command
            .args(drop)
            .arg(env::current_exe().unwrap_or_default())
            .arg(filter)
            .env(fixture::VARIABLE, "1");
        Transcript::of(&mut command)
    };
    run("--skip=host_net").passed(12)?;
    run("host_net").failed_with("`user(host)` needs CAP_SYS_ADMIN, which the caller lacks")?;
    Ok(Completion::Completed)
}
