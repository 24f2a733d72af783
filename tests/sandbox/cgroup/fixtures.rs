//! The tests that run in a delegated cgroup. Only the checks run them, in a child.

use std::fs;
use std::path::Path;
use std::process::Command;

use ns_test::service::{Error, Ready, Service};
use ns_test::{LimitedBy, Mechanism, ns_test};

#[ns_test(cgroup, net, mount, pid)]
fn divides_its_cgroup() {
    let root = Path::new("/sys/fs/cgroup");
    let own = fs::read_to_string("/proc/self/cgroup").expect("/proc is there");
    assert!(own.lines().any(|line| line == "0::/"), "{own}");
    fs::create_dir(root.join("part")).expect("the cgroup is the test's own");
    let mut child = Command::new("sleep")
        .arg("600")
        .spawn()
        .expect("sleep runs");
    fs::write(root.join("part/cgroup.procs"), child.id().to_string())
        .expect("the test may move its children");
    assert_eq!(
        fs::read_to_string(format!("/proc/{}/cgroup", child.id()))
            .expect("it is there")
            .lines()
            .last(),
        Some("0::/part")
    );
    if root.join("part/cgroup.kill").exists() {
        fs::write(root.join("part/cgroup.kill"), "1").expect("the test may kill its children");
    } else {
        child.kill().expect("it is a child");
    }
    assert!(!child.wait().expect("it is a child").success());
    // `part` is left behind on purpose.
}

#[ns_test(user)]
fn returns() {}

#[ns_test(pid, limit(processes = 8, memory = "512MiB", files = 64))]
fn is_limited() {
    let LimitedBy {
        processes,
        memory,
        files,
        cpu,
        ..
    } = ns_test::limited_by();
    // The kernel exempts uid 0 of the machine from RLIMIT_NPROC.
    let exempt = ns_test_suite::host::is_uid_zero_outside();
    let has = |controller: &str| {
        let base = std::env::var("NS_TEST_CGROUP").unwrap_or_default();
        let control =
            fs::read_to_string(Path::new(&base).join("cgroup.subtree_control")).unwrap_or_default();
        if control.split_whitespace().any(|known| known == controller) {
            Mechanism::Cgroup
        } else if controller == "pids" && exempt {
            Mechanism::Exempt
        } else {
            Mechanism::Rlimit
        }
    };
    assert_eq!(
        (processes, memory),
        (Some(has("pids")), Some(has("memory")))
    );
    assert_eq!((files, cpu), (Some(Mechanism::Rlimit), None));
}

/// Returns a service that takes more memory than its cgroup has, once a file exists. `tail` keeps a
/// line that never ends. Without the score, the kernel may choose the harness, which is in the same
/// cgroup. On a slow machine, it selects a second victim before the first has ended.
fn greedy() -> Service {
    const SCRIPT: &str = "
        echo up
        until [ -e /tmp/go-on ]; do sleep 0.01; done
        echo 1000 > /proc/self/oom_score_adj
        exec tail /dev/zero";
    Service::new(Command::new("sh").args(["-c", SCRIPT])).name("greedy")
}

/// The check limits the memory.
#[ns_test(pid, mount)]
fn is_out_of_memory_before_it_is_ready() {
    fs::write("/tmp/go-on", "").expect("/tmp is the test's own");
    let error = greedy().ready(Ready::log("never")).start();
    let error = error.expect_err("it has too little memory").to_string();
    assert!(
        error.contains(
            "was killed by SIGKILL before it was ready\n  \
             the kernel's out-of-memory killer was active at that time"
        ),
        "{error}"
    );
}

/// The check reads the report.
#[ns_test(pid, mount)]
fn is_out_of_memory_later() -> Result<(), Error> {
    let service = greedy().ready(Ready::log("up")).start()?;
    fs::write("/tmp/go-on", "").expect("/tmp is the test's own");
    while service.exit_status()?.is_none() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("the service is gone");
}
