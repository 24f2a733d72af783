//! The test's own process.

use std::env;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use ns_test::ns_test;
use ns_test_suite::{host, raw};

#[ns_test]
fn has_nothing_open_but_the_three() {
    let open: Vec<i32> = fs::read_dir("/proc/self/fd")
        .expect("/proc is there")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    // The fourth is the directory that is being read.
    assert_eq!(open.len(), 4, "{open:?}");
    assert!(open.iter().all(|fd| *fd <= 3), "{open:?}");
}

#[ns_test]
fn is_single_threaded_and_may_unshare() {
    assert_eq!(
        fs::read_dir("/proc/self/task")
            .expect("/proc is there")
            .count(),
        1
    );
    raw::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWPID).expect("namespaces nest");
}

/// The option `hermetic` gives what the bare attribute gives, and takes keys next to it.
#[ns_test(hermetic, uts(hostname = "db1"))]
fn hermetic_has_every_namespace_but_time() {
    let read = |path: &str| fs::read_to_string(path).expect("it can be read");
    assert_eq!(std::process::id(), 2, "pid");
    assert_eq!(read("/proc/sys/kernel/hostname"), "db1\n", "uts");
    assert!(
        read("/proc/self/uid_map").trim_start().starts_with("0 "),
        "user"
    );
    assert_eq!(host::interfaces(), ["lo"], "net");
    assert!(
        read("/proc/self/cgroup")
            .lines()
            .all(|line| line.ends_with(":/")),
        "cgroup"
    );
    assert_eq!(
        read("/proc/sysvipc/msg").lines().count(),
        1,
        "ipc: only the heading"
    );
    assert!(
        read("/proc/self/mountinfo").contains(" /tmp "),
        "mount: a /tmp of its own"
    );
    // Kernels before 5.6 do not have the file.
    let offsets = fs::read_to_string("/proc/self/timens_offsets").unwrap_or_default();
    assert!(offsets.lines().all(|line| line.ends_with(" 0")), "time");
}

/// Namespaces nest also as real root, whose /proc and /sys have read-only parts.
#[ns_test]
fn namespaces_nest_with_a_new_proc_and_sys() {
    let script = "unshare --user --map-root-user --pid --fork --net --mount --mount-proc \
                  sh -c 'mount -t sysfs sysfs /sys && ls /sys/class/net && echo $$'";
    let output = std::process::Command::new("sh")
        .args(["-c", script])
        .output()
        .expect("sh runs");
    let lines = String::from_utf8_lossy(&output.stdout);
    let lines = lines.lines().filter(|line| !host::is_fallback(line));
    assert_eq!(lines.collect::<Vec<_>>(), ["lo", "1"], "{output:?}");
}

/// Init shares memory with its launcher, which loses libc's rseq registration. The body must have
/// it again.
#[ns_test(user)]
fn libc_knows_its_processor() {
    for processor in raw::allowed_processors().expect("they can be asked for") {
        raw::run_on(processor).expect("it is allowed");
        assert_eq!(raw::processor(), Some(processor));
    }
}

/// The test shares the pages of its own worker, one of which holds its report. Other workers' pages
/// must be absent, and so must the word after the pages, which holds the pid of init.
#[ns_test(user)]
fn shares_pages_of_reports_alone() {
    let maps = fs::read_to_string("/proc/self/maps").expect("/proc is there");
    let shared: Vec<&str> = maps
        .lines()
        .filter(|line| line.contains(" rw-s "))
        .collect();
    assert_eq!(shared.len(), 1, "{maps}");
    for line in shared {
        let (start, rest) = line.split_once('-').expect("a range has two ends");
        let end = rest.split(' ').next().unwrap_or_default();
        let number = |hex| u64::from_str_radix(hex, 16).expect("a number in hex");
        assert!(number(end) - number(start) <= 192 << 10, "{maps}");
    }
}

/// Launcher and init stay on one processor.
#[ns_test(user)]
fn runs_on_all_processors_of_the_harness() {
    let status = |pid: &str| fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let field = |status: &str, key: &str| {
        let value = status.lines().find_map(|line| line.strip_prefix(key));
        value.expect("every kernel has it").trim().to_owned()
    };
    let init = status(&std::os::unix::process::parent_id().to_string());
    let harness = status(&field(&init, "PPid:"));
    let [ours, theirs] =
        [status("self"), harness].map(|status| field(&status, "Cpus_allowed_list:"));
    assert_eq!(ours, theirs);
}

#[ns_test(user)]
fn thread_has_the_name_of_the_test() {
    assert_eq!(
        std::thread::current().name(),
        Some("body::thread_has_the_name_of_the_test")
    );
}

#[ns_test(user)]
fn leads_its_group_but_no_session() {
    let pid = i32::try_from(std::process::id()).expect("pids are small");
    let (session, group) = raw::session_and_group();
    assert_eq!(group, pid);
    assert_ne!(session, pid);
}

#[ns_test(user)]
fn stdin_is_at_its_end() {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .expect("stdin can be read");
    assert_eq!(text, "");
}

#[ns_test(user)]
fn has_no_terminal_to_take() {
    let refused = fs::File::open("/dev/tty").expect_err("it has none");
    assert_eq!(refused.raw_os_error(), Some(libc::ENXIO));
}

#[ns_test(user)]
fn signals_are_as_cargo_test_has_them() {
    let status = fs::read_to_string("/proc/self/status").expect("/proc is there");
    let blocked = status
        .lines()
        .find_map(|line| line.strip_prefix("SigBlk:"))
        .expect("it has a line for them");
    assert_eq!(blocked.trim(), "0000000000000000");
}

#[ns_test]
fn stands_where_cargo_test_stands() {
    let here = env::current_dir().expect("the directory is there");
    assert_eq!(here, Path::new(env!("CARGO_MANIFEST_DIR")));
    assert_eq!(
        env::var("CARGO_MANIFEST_DIR").as_deref(),
        Ok(env!("CARGO_MANIFEST_DIR"))
    );
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    fs::write(scratch.join("inside-body"), "1").expect("the target directory can be reached");
}

#[ns_test(cwd = "sandbox/inside")]
fn starts_in_the_directory_asked_for() {
    let here = env::current_dir().expect("the directory is there");
    assert_eq!(
        here,
        Path::new(env!("CARGO_MANIFEST_DIR")).join("sandbox/inside")
    );
}

#[ns_test(user, env("COLOUR", "blue"), env("EMPTY", ""))]
fn variables_are_set() {
    assert_eq!(env::var("COLOUR").as_deref(), Ok("blue"));
    assert_eq!(env::var("EMPTY").as_deref(), Ok(""));
    assert!(env::var_os("PATH").is_some());
}

#[ns_test(user, env(clear))]
fn variables_are_cleared() {
    assert_eq!(env::vars_os().count(), 0);
}

#[ns_test(user, env(keep = "PATH"), env("A", "1"))]
fn variables_are_kept() {
    let mut names: Vec<_> = env::vars().map(|(name, _)| name).collect();
    names.sort();
    assert_eq!(names, ["A", "PATH"]);
}

#[ns_test(user)]
fn may_return_an_exit_code() -> ExitCode {
    ExitCode::SUCCESS
}

#[ns_test(user)]
fn may_use_the_question_mark() -> Result<(), Box<dyn std::error::Error>> {
    let number: u8 = "7".parse()?;
    assert_eq!(number, 7);
    Ok(())
}

#[ns_test(user)]
#[should_panic]
fn may_have_to_panic() {
    panic!("as it should");
}

#[ns_test(user)]
#[should_panic(expected = "should")]
fn may_have_to_panic_with_words() {
    panic!("as it should");
}

#[ns_test(user)]
fn has_threads_if_it_likes() {
    let sum = std::thread::spawn(|| 1 + 1)
        .join()
        .expect("the thread returns");
    assert_eq!(sum, 2);
}

#[ns_test]
fn a_forked_child_that_comes_back_has_no_say() {
    let is_child = raw::fork().expect("a fork");
    assert!(!is_child, "this is the child: its panic counts for nothing");
    // Once the child is gone, it has run.
    while raw::has_children() {
        let _ = raw::reap_children();
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}
