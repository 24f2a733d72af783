//! `pid`.

use std::fs;
use std::process::Command;
use std::time::Duration;

use ns_test::ns_test;
use ns_test_suite::{fixture::eventually, raw};

fn processes() -> Vec<u32> {
    let entries = fs::read_dir("/proc").expect("/proc is there");
    let mut pids: Vec<u32> = entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    pids.sort_unstable();
    pids
}

#[ns_test(pid)]
fn is_number_two() {
    assert_eq!(std::process::id(), 2);
}

#[ns_test(pid)]
fn proc_shows_its_own_processes_only() {
    assert_eq!(processes(), [1, 2]);
}

#[ns_test(pid)]
fn orphans_are_reaped() {
    let status = Command::new("sh")
        .args(["-c", "sleep 0.01 & sleep 0.02 & exit 0"])
        .status()
        .expect("sh runs");
    assert!(status.success());
    assert!(eventually(|| processes() == [1, 2]), "{:?}", processes());
}

#[ns_test(pid)]
fn kill_all_stays_inside() {
    let mut child = Command::new("sleep")
        .arg("600")
        .spawn()
        .expect("sleep runs");
    // The signal does not reach the caller either.
    raw::kill(-1, libc::SIGKILL).expect("there is somebody");
    let status = child.wait().expect("it is a child");
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&status),
        Some(libc::SIGKILL)
    );
}

#[ns_test(pid)]
fn init_can_not_be_killed_from_inside() {
    raw::kill(1, libc::SIGKILL).expect("the kernel takes it");
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(processes(), [1, 2]);
}

#[ns_test(pid(proc = false))]
fn can_have_the_hosts_proc() {
    assert_eq!(std::process::id(), 2);
    let own =
        fs::read_link("/proc/self").expect("/proc is the host's, and knows us by another number");
    assert_ne!(own.to_str(), Some("2"));
}

mod as_init {
    use std::os::unix::process::ExitStatusExt;
    use std::process::Command;

    use ns_test::ns_test;
    use ns_test_suite::{fixture::eventually, raw};

    use super::processes;

    #[ns_test(pid(as_init))]
    fn is_number_one_with_its_own_proc() {
        assert_eq!(std::process::id(), 1);
        assert_eq!(processes(), [1]);
    }

    #[ns_test(pid(as_init), net, uts(hostname = "one"), time(uptime = "+1d"))]
    fn has_all_that_others_have() {
        assert_eq!(std::process::id(), 1);
        std::net::TcpListener::bind("127.0.0.1:80").expect("lo is up");
        std::fs::write("/tmp/file", "x").expect("/tmp is its own");
        assert!(std::fs::read_to_string("/proc/uptime").is_ok_and(|uptime| {
            let seconds = uptime.split('.').next().and_then(|text| text.parse().ok());
            seconds.is_some_and(|seconds: u64| seconds > 86_400)
        }));
    }

    #[ns_test(pid(as_init))]
    fn orphans_are_its_own_to_reap() {
        let script = "sleep 0.05 & exit 0";
        let mut shell = Command::new("sh");
        let status = shell.args(["-c", script]).status().expect("sh runs");
        assert!(status.success());
        // The shell has been reaped. Its child is ours now, and stays until we wait.
        assert_eq!(processes().len(), 2);
        assert!(eventually(raw::reap_children));
        assert_eq!(processes(), [1]);
    }

    #[ns_test(pid(as_init))]
    fn a_signal_without_a_handler_does_not_reach_it() {
        raw::kill(1, libc::SIGTERM).expect("the kernel takes it");
        raw::kill(1, libc::SIGKILL).expect("the kernel takes it");
    }

    #[ns_test(pid(as_init))]
    #[should_panic(expected = "it panics")]
    fn it_can_panic() {
        panic!("it panics");
    }

    #[ns_test(pid(as_init, proc = false))]
    fn it_can_have_the_hosts_proc() {
        assert_eq!(std::process::id(), 1);
        assert!(processes().len() > 1, "the host's");
    }

    /// The kernel kills the leftover process when PID 1 exits.
    #[ns_test(pid(as_init))]
    fn it_may_leave_processes() {
        let mut shell = Command::new("sh");
        let status = shell.args(["-c", "sleep 600 &"]).status();
        assert!(status.expect("sh runs").success());
        assert_eq!(processes().len(), 2);
    }

    #[ns_test(pid(as_init))]
    fn a_child_dies_of_signals_as_usual() {
        let mut child = Command::new("sleep")
            .arg("600")
            .spawn()
            .expect("sleep runs");
        let pid = i32::try_from(child.id()).expect("a pid");
        raw::kill(pid, libc::SIGTERM).expect("it is there");
        let status = child.wait().expect("it is a child");
        assert_eq!(status.signal(), Some(libc::SIGTERM));
    }
}
