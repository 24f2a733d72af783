//! The paths that real root can write from inside, compared with a short list with a reason for
//! each entry.
//!
//! A user namespace takes away real root's capabilities, but not its ownership of the host's files.

#![expect(
    clippy::print_stdout,
    reason = "what a process finds goes to its parent so"
)]

mod allowed;
mod writable;

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::process::{Command, ExitCode, Stdio};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use ns_test::{Sandbox, ns_test};
use ns_test_suite::fixture::{self, Check, Transcript};
use ns_test_suite::host::{self, Feature};

use allowed::{FIXTURES, reason};

/// Set if a command of a test only lists what it can write to.
const LIST: &str = "NS_TEST_SUITE_LIST";

fn main() -> ExitCode {
    if env::var_os(LIST).is_some() {
        list(&TREES);
        return ExitCode::SUCCESS;
    }
    if env::var_os(fixture::VARIABLE).is_some() {
        return ns_test::run();
    }
    let mut trials: Vec<Trial> = FIXTURES
        .iter()
        .map(|(test, feature, _)| for_root(test, *feature, move || check(test)))
        .collect();
    trials.push(for_root(
        "loop_devices_are_out_of_reach",
        None,
        loop_devices,
    ));
    trials.push(for_root(
        "the_list_would_be_longer",
        None,
        without_the_fence,
    ));
    fixture::run_checks(&Arguments::from_args(), trials)
}

fn for_root(
    name: &str,
    feature: Option<Feature>,
    check: impl Fn() -> Check + Send + 'static,
) -> Trial {
    Trial::ignorable_test(name, move || {
        if !host::is_real_root() {
            return Ok(Completion::ignored_with("needs root"));
        }
        if let Some(why) = feature.and_then(Feature::lacking) {
            return Ok(Completion::ignored_with(why));
        }
        check().map(|()| Completion::Completed)
    })
}

const TREES: [&str; 3] = ["/proc", "/sys", "/dev"];

/// Prints the writable paths, one per line.
fn list(trees: &[&str]) {
    println!();
    for path in writable::below(trees) {
        println!("writable {path}");
    }
}

#[ns_test(user)]
fn user() {
    list(&TREES);
    // Without a process tree of its own, it sees all of the host's.
    for path in writable::below(&["/proc/1"]) {
        println!("writable {path}");
    }
}

#[ns_test]
fn bare() {
    list(&TREES);
}

#[ns_test(mount)]
fn mount() {
    list(&TREES);
}

#[ns_test(net, mount)]
fn net() {
    list(&TREES);
}

#[ns_test(pid)]
fn pid() {
    list(&TREES);
}

#[ns_test(ipc, uts, cgroup, time)]
fn small_ones() {
    list(&TREES);
}

#[ns_test(user(uid = 1000))]
fn another_uid() {
    list(&TREES);
}

#[ns_test(mount(bind("/sys", "/mnt")))]
fn bound_sys() {
    list(&["/mnt"]);
}

#[ns_test(mount(bind("/proc", "/mnt")))]
fn bound_proc() {
    list(&["/mnt"]);
}

#[ns_test(mount(bind("/proc/sys", "/mnt")))]
fn bound_proc_sys() {
    list(&["/mnt"]);
}

#[ns_test(mount(bind("/", "/mnt")), net, pid)]
fn bound_root() {
    list(&["/mnt/proc", "/mnt/sys"]);
}

#[ns_test(mount(bind("/sys/fs/cgroup", "/mnt")), cgroup)]
fn bound_cgroups() {
    list(&["/mnt"]);
}

#[ns_test(user(uid = 1000), mount)]
fn nested() {
    let program = env::current_exe().expect("it is there");
    let inside = Sandbox::new().pid().net().env(LIST, "1");
    let output = inside.command(program).output().expect("it runs");
    print!("{}", String::from_utf8_lossy(&output.stdout));
}

#[ns_test(mount(dev = "host"))]
fn devices_of_the_host() {
    list(&["/dev"]);
}

#[ns_test(user(host))]
fn without_a_fence() {
    list(&["/proc/sys", "/dev"]);
    let mounts = host::mounts();
    if mounts.iter().any(|mount| mount.contains(" - tracefs ")) {
        println!("writable tracefs");
    }
}

#[ns_test]
fn losetup() {
    let found = Command::new("losetup")
        .arg("-f")
        .output()
        .expect("losetup runs");
    assert!(!found.status.success(), "{found:?}");
}

/// Mounts what machines with systemd mount, in a temporary mount namespace.
const MOUNT_ALL: &str = r#"
    mounted() { mount -t "$1" none "$2" 2>/dev/null || true; }
    mounted debugfs /sys/kernel/debug
    mounted tracefs /sys/kernel/tracing
    mounted securityfs /sys/kernel/security
    mounted configfs /sys/kernel/config
    mounted bpf /sys/fs/bpf
    mounted binfmt_misc /proc/sys/fs/binfmt_misc
    exec "$0" "$@""#;

fn found_in(test: &str) -> Result<BTreeSet<String>, Failed> {
    let binary = fixture::command([test, "--exact", "--nocapture", "--test-threads=1"]);
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "--propagation=private", "sh", "-c", MOUNT_ALL])
        .arg(env::current_exe()?)
        .args(binary.get_args())
        .env(fixture::VARIABLE, "1")
        .stdin(Stdio::null());
    let transcript = Transcript::of(&mut command);
    transcript.passed(1)?;
    let lines = transcript.text.lines();
    let found = lines.filter_map(|line| line.strip_prefix("writable "));
    Ok(found.map(ToOwned::to_owned).collect())
}

fn check(test: &str) -> Check {
    let found = found_in(test)?;
    let strange: Vec<_> = found
        .iter()
        .filter(|path| reason(test, path).is_none())
        .collect();
    if strange.is_empty() {
        return Ok(());
    }
    let (count, first) = (strange.len(), strange.iter().take(40));
    Err(format!("{count} paths have no reason to be writable: {first:#?}").into())
}

/// Checks that the paths are writable without the fence. Otherwise the other checks would show
/// nothing.
fn without_the_fence() -> Check {
    let found = found_in("without_a_fence")?;
    assert!(found.contains("/proc/sys/vm/swappiness"), "{found:?}");
    let file_systems = fs::read_to_string("/proc/filesystems")?;
    assert!(
        !file_systems.contains("\ttracefs") || found.contains("tracefs"),
        "it is mounted for the others: {found:?}"
    );
    assert!(found.len() > 100, "{found:?}");
    Ok(())
}

/// Checks that a test makes no loop device, which would outlive it.
fn loop_devices() -> Check {
    let devices = || -> Result<BTreeSet<_>, Failed> {
        let entries = fs::read_dir("/sys/block")?.flatten();
        let names = entries.map(|entry| entry.file_name());
        Ok(names
            .filter(|name| name.to_string_lossy().starts_with("loop"))
            .collect())
    };
    let before = devices()?;
    Transcript::of(&mut fixture::command(["losetup", "--exact"])).passed(1)?;
    assert_eq!(devices()?, before);
    Ok(())
}
