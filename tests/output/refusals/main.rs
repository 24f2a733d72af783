//! Machines that refuse: each refusal is real where this machine allows it, and the whole message
//! is compared.

mod fixtures;
mod jail;
mod setups;

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command, ExitCode, Stdio};
use std::thread;

use jail::JAIL;
use libtest_mimic::{Completion, Failed, Trial};
use ns_test_suite::fixture::{self, Check, Transcript};
use ns_test_suite::{golden, host};
use setups::{NO_SHM, PLAIN, REFUSALS, SKIP, Way, filtered, script};

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
            let check = move || is_told(name, *way, ordinary);
            all.push(Trial::test(format!("{who}::{name}"), check));
        }
    }
    all.extend([
        Trial::test("unmapped", unmapped),
        Trial::test("no_shm", no_shm),
        Trial::ignorable_test("doctor_next_to_a_dead_mount", doctor_next_to_a_dead_mount),
        Trial::test("too_few_files", too_few_files),
        Trial::test("too_few_processes", too_few_processes),
        Trial::test("host_without_privileges", host_without_privileges),
        Trial::test("works_without_clone3", works_without_clone3),
        Trial::test("works_without_mount_setattr", works_without_mount_setattr),
        Trial::test("works_without_pidfd_open", works_without_pidfd_open),
        Trial::test("works_with_sys_read_only", works_with_sys_read_only),
        Trial::test("skipped_tests_are_listed_as_ignored", listed_as_ignored),
        Trial::test("skipped_tests_never_pass_unrun", never_pass_unrun),
        Trial::test("unknown_policy", unknown_policy),
        Trial::test("json_has_no_diagnosis", json_has_no_diagnosis),
        Trial::test("doctor", doctor),
        Trial::test("doctor_of_a_machine_that_refuses", doctor_of_refusals),
        Trial::test("probe_beside_threads", probe_beside_threads),
        Trial::test("past_the_list_nothing_is_ignored", past_the_list),
        Trial::ignorable_test("root_without_sys_admin", root_without_sys_admin),
    ]);
    all
}

/// Text that the machine of the suite would add to the transcripts.
const NOT_INHERITED: [&str; 9] = [
    "GITHUB_ACTIONS",
    "GITLAB_CI",
    "KUBERNETES_SERVICE_HOST",
    "NEXTEST",
    "NS_TEST_DOCTOR",
    "NS_TEST_REFUSED",
    "NS_TEST_TIMEOUT",
    "RUST_BACKTRACE",
    "RUST_TEST_THREADS",
];

fn command(way: Way, ordinary: bool) -> Command {
    let binary = env::current_exe().unwrap_or_default();
    let mut words: Vec<OsString> = Vec::new();
    if ordinary && host::is_real_root() {
        let drop = "setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all";
        words.extend(drop.split(' ').map(OsString::from));
    }
    if let Some(script) = way.script {
        words.extend(["unshare", "-Urm", "sh", "-ec"].map(OsString::from));
        words.push(format!("{script}\nexec \"$0\" \"$@\"").into());
    }
    words.push(binary.into());
    let mut command = Command::new(words.remove(0));
    for variable in NOT_INHERITED {
        command.env_remove(variable);
    }
    command
        .args(words)
        .args(way.arguments)
        .env(fixture::VARIABLE, "1")
        .envs(way.variables.iter().copied())
        .envs(way.jail.map(|jail| (JAIL, jail)))
        .stdin(Stdio::null());
    command
}

/// Without the mounts there: if they are still visible, this fails.
fn remove_mount_points(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        let _ = fs::remove_dir(&path).or_else(|_| fs::remove_file(&path));
    }
    let _ = fs::remove_dir(directory);
}

fn run(way: Way, ordinary: bool) -> Transcript {
    let mut command = command(way, ordinary);
    command.arg("--test-threads=1");
    Transcript::of(&mut command)
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("output/refusals/golden/{name}.txt"))
}

/// Compares with the golden file. For root, `user(host)` and the size of a limit differ.
fn is_told(name: &str, mut way: Way, ordinary: bool) -> Check {
    if way.arguments.is_empty() {
        way.arguments = &["--skip=host_net"];
    }
    let who = if ordinary { "user" } else { "own" };
    let root = env::temp_dir().join(format!("ns-test-root-{name}-{who}-{}", process::id()));
    let mut command = command(way, ordinary);
    let transcript = Transcript::of(command.arg("--test-threads=1").env("ROOT", &root));
    if way.makes_root() {
        remove_mount_points(&root);
    }
    let text = transcript.text.lines().map(without_limit);
    let text = text.fold(String::new(), |all, line| all + &line + "\n");
    golden::compare(&file(name), &text)
}

fn without_limit(line: &str) -> String {
    match line.split_once("_namespaces = ") {
        Some((before, number)) if number != "0" && !before.contains("remedy") => {
            format!("{before}_namespaces = LIMIT")
        }
        _ => line.to_owned(),
    }
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

/// Without a lookup there, which would block forever.
fn doctor_next_to_a_dead_mount() -> Result<Completion, Failed> {
    if fs::File::options().write(true).open("/dev/fuse").is_err() {
        return Ok(Completion::ignored_with("/dev/fuse can't be opened"));
    }
    let inside = command(script("true").behind(jail::DEAD_MOUNT), false);
    let mut limited = Command::new("timeout");
    limited
        .args(["--signal=KILL", "60"])
        .arg(inside.get_program())
        .args(inside.get_args());
    for (name, value) in inside.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    let transcript = Transcript::of(limited.env("NS_TEST_DOCTOR", "1").stdin(Stdio::null()));
    transcript.verify(transcript.text.contains("mount(overlay = ..)"), "the table")?;
    transcript.verify(transcript.code == Some(0), "exit code 0")?;
    Ok(Completion::Completed)
}

fn no_shm() -> Check {
    is_told("no_shm", NO_SHM, true)
}

/// Under every small limit the tests pass, or fail and name the remedy, in a run that may ignore
/// refusals.
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

/// Runs one test as an ordinary user with a resource limit of `prlimit(1)`.
fn limited(limit: &str) -> Transcript {
    let way = PLAIN.with(SKIP).only(&["fixtures::mount", "--exact"]);
    let plain = command(way, true);
    let words: Vec<_> = [plain.get_program()]
        .into_iter()
        .chain(plain.get_args())
        .collect();
    // Behind setpriv, which itself needs a few descriptors.
    let (before, binary) = words.split_at(words.len() - 3);
    let mut words: Vec<_> = before.to_vec();
    words.extend(["prlimit", limit].map(OsStr::new));
    words.extend(binary);
    let mut limited = Command::new(words[0]);
    limited.args(&words[1..]);
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    Transcript::of(limited.stdin(Stdio::null()))
}

fn host_without_privileges() -> Check {
    is_told(
        "host_without_privileges",
        PLAIN.only(&["fixtures::host_net"]),
        true,
    )
}

fn all_pass(way: Way, count: usize) -> Check {
    for ordinary in [false, true] {
        run(way, ordinary).passed(count)?;
    }
    Ok(())
}

fn works_without_clone3() -> Check {
    all_pass(filtered("no_clone3").only(&["--skip=host_net"]), 12)
}

fn works_without_mount_setattr() -> Check {
    all_pass(filtered("no_mount_setattr").only(&["--skip=host_net"]), 12)
}

/// A test that lasts too long still ends.
fn works_without_pidfd_open() -> Check {
    const LASTS: &[(&str, &str)] = &[("NS_TEST_SUITE_LASTS", "1"), ("NS_TEST_TIMEOUT", "300ms")];
    for test in [&["fixtures::user"], &["fixtures::pid_without_proc"]] {
        let way = filtered("no_pidfd_open").with(LASTS).only(test);
        run(way, false).failed_with("the test timed out after 300ms")?;
    }
    all_pass(filtered("no_pidfd_open").only(&["--skip=host_net"]), 12)
}

fn works_with_sys_read_only() -> Check {
    let read_only = script("mount --rbind /sys /sys; mount -o remount,bind,ro /sys");
    all_pass(read_only.only(&["fixtures::net_and_mount"]), 1)
}

const SKIPPED: Way = script("echo 0 > /proc/sys/user/max_net_namespaces").with(SKIP);

/// As nextest asks: all tests, then the ignored ones.
fn listed_as_ignored() -> Check {
    let list = |more: &[&str]| {
        let mut command = command(SKIPPED, false);
        Transcript::of(command.args(["--list", "--format", "terse"]).args(more)).text
    };
    let (all, ignored) = (list(&[]), list(&["--ignored"]));
    assert_eq!(all.lines().count(), 13, "{all}");
    let expected = "fixtures::bare: test\nfixtures::net: test\nfixtures::net_and_mount: test\n";
    let ignored: Vec<&str> = ignored
        .lines()
        .filter(|line| !line.contains("host_net"))
        .collect();
    assert_eq!(ignored, expected.lines().collect::<Vec<_>>());
    Ok(())
}

/// Explicitly requested ignored tests run: here they fail.
fn never_pass_unrun() -> Check {
    for flag in ["--ignored", "--include-ignored"] {
        let mut command = command(SKIPPED, false);
        let transcript = Transcript::of(command.args(["fixtures::net", "--exact", flag]));
        transcript.failed_with("the test did not run: this machine refuses network namespaces")?;
    }
    Ok(())
}

fn unknown_policy() -> Check {
    let mut command = command(PLAIN, false);
    let transcript = Transcript::of(command.env("NS_TEST_REFUSED", "pass"));
    transcript.verify(
        transcript.text == "error: NS_TEST_REFUSED is `pass`, should be `skip` or `fail`\n"
            && transcript.code == Some(101),
        "the two policies",
    )
}

fn json_has_no_diagnosis() -> Check {
    let mut command = command(SKIPPED, false);
    let transcript = Transcript::of(command.args(["--format=json", "-Z", "unstable-options"]));
    transcript.verify(
        transcript.text.lines().all(|line| line.starts_with('{')),
        "JSON alone",
    )
}

/// The rows; their answers depend on this machine.
fn doctor() -> Check {
    let mut command = command(PLAIN, true);
    let transcript = Transcript::of(command.env("NS_TEST_DOCTOR", "1"));
    let rows = [
        "user ",
        "mount ",
        "pid ",
        "net ",
        "ipc ",
        "uts ",
        "cgroup ",
        "time ",
        "user(ids",
        "overlay",
        "mount_setattr",
        "tun ",
        "user.max_time_namespaces",
        "IPv6",
        "networks of hosts: veth ",
        "networks of hosts: packet sockets ",
    ];
    for row in rows {
        transcript.verify(transcript.text.contains(row), row)?;
    }
    transcript.verify(transcript.code == Some(0), "exit code 0")
}

fn doctor_of_refusals() -> Check {
    let mut command = command(SKIPPED, false);
    let transcript = Transcript::of(command.env("NS_TEST_DOCTOR", "1"));
    let why = "no: this machine refuses network namespaces: the system's limit is 0\n";
    for row in ["net  ", "net, with its own /sys  "] {
        let line = transcript.text.lines().find(|line| line.starts_with(row));
        let says_why = line.is_some_and(|line| line.ends_with(why.trim_end()));
        transcript.verify(says_why, row)?;
    }
    let remedy = "        remedy: sudo sysctl -w user.max_net_namespaces=15000\n";
    transcript.verify(transcript.text.contains(remedy), "the cure")
}

/// From many threads at once, while others allocate.
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

/// nextest would count it as passed.
fn past_the_list() -> Check {
    let mut command = command(SKIPPED, false);
    let transcript = Transcript::of(
        command
            .args(["fixtures::net", "--exact"])
            .env("NEXTEST", "1"),
    );
    transcript.failed_with("the test did not run: this machine refuses network namespaces")
}

/// All options, through `user`, and none without it.
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
