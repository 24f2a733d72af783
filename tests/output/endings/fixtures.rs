//! One test per ending. Only the checks run them, in a child.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use ns_test::ns_test;
use ns_test::service::{Ready, Service};
use ns_test_suite::raw;

#[ns_test(user)]
fn returns() {}

#[ns_test(user)]
fn returns_noisily() {
    println!("to stdout");
    eprintln!("to stderr");
}

#[ns_test(user)]
#[ignore]
fn is_ignored() {}

#[ns_test(user)]
fn skips_itself() {
    println!("looking around");
    ns_test::skip!("this machine has no {}", "moon");
}

#[ns_test(user)]
fn skips_itself_and_exits_badly() {
    raw::at_exit_exit_with(7);
    ns_test::skip!("this machine has no moon");
}

#[ns_test(user)]
#[ignore = "not today"]
fn is_ignored_with_a_reason() {}

#[ns_test(user)]
fn panics() {
    println!("before");
    panic!("for a reason");
}

#[ns_test(user)]
fn panics_in_a_thread_and_returns() {
    let result = thread::spawn(|| panic!("in a thread")).join();
    assert!(result.is_err());
}

#[ns_test(user)]
fn panics_with_a_number() {
    std::panic::panic_any(7);
}

#[ns_test(user)]
fn panics_with_stderr_closed() {
    raw::close(2);
    panic!("unheard");
}

#[ns_test(user)]
fn panics_while_panicking() {
    struct Second;
    impl Drop for Second {
        fn drop(&mut self) {
            panic!("the second");
        }
    }
    let _second = Second;
    panic!("the first");
}

#[ns_test(user)]
fn returns_an_error() -> Result<(), io::Error> {
    Err(io::Error::other("no luck"))
}

#[ns_test(user)]
fn returns_an_exit_code() -> ExitCode {
    ExitCode::from(3)
}

#[ns_test(user)]
#[expect(clippy::disallowed_methods, reason = "the ending under test")]
fn exits_with_0() {
    std::process::exit(0);
}

#[ns_test(user)]
#[expect(clippy::disallowed_methods, reason = "the ending under test")]
fn exits_with_3() {
    std::process::exit(3);
}

#[ns_test(user)]
fn exits_at_once_with_0() {
    raw::exit_now(0);
}

#[ns_test(user)]
fn executes_another_program() {
    panic!("{}", Command::new("true").exec());
}

#[ns_test(user)]
fn exits_badly_after_returning() {
    raw::at_exit_exit_with(7);
}

#[ns_test(user)]
fn segfaults() {
    raw::segfault();
}

#[ns_test(pid)]
fn aborts() {
    std::process::abort();
}

#[ns_test(user)]
fn kills_itself() {
    raw::kill(own_pid(), libc::SIGKILL).expect("it is there");
}

#[ns_test(pid)]
fn terminates_itself() {
    raw::kill(own_pid(), libc::SIGTERM).expect("it is there");
    thread::sleep(Duration::from_secs(5));
}

#[ns_test(mount)]
fn reads_behind_the_end_of_a_file() {
    raw::read_behind_the_end("/tmp/empty");
}

#[ns_test(user)]
fn makes_a_forbidden_call() {
    raw::forbid_all_calls();
}

/// The machine decides where the core goes: into this directory, or to a program.
#[ns_test(mount, cwd = "/tmp")]
fn dumps_core() {
    raw::allow_core();
    raw::segfault();
}

#[ns_test(user)]
fn overflows_its_stack() {
    fn deeper(depth: u64) -> u64 {
        let below = if depth == u64::MAX {
            0
        } else {
            deeper(depth + 1)
        };
        std::hint::black_box(below + 1)
    }
    deeper(0);
}

/// It must have printed its line before the timeout, also on an emulated processor.
#[ns_test(pid, timeout = "3s")]
fn loops() {
    println!("round and round");
    loop {
        // It sleeps when the timeout passes: the report says what the process does.
        thread::sleep(Duration::from_secs(600));
    }
}

/// The processes must have started before the timeout, also on an emulated processor.
#[ns_test(user, timeout = "3s")]
fn loops_without_pid() {
    Command::new("sh")
        .args(["-c", "trap '' TERM; setsid sleep 600"])
        .status()
        .expect("sh runs");
}

/// It has no timeout of its own.
#[ns_test(pid)]
fn sleeps() {
    thread::sleep(Duration::from_secs(600));
}

#[ns_test(user)]
fn runs_out_of_memory() {
    let mut all = Vec::new();
    loop {
        all.push(vec![1_u8; 16 << 20]);
    }
}

#[ns_test(user, limit(memory = "512MiB"))]
fn runs_out_of_its_memory_limit() {
    let all: Vec<u8> = vec![1; 1 << 30];
    drop(all);
}

#[ns_test(user, pid, limit(processes = 32), timeout = "5s")]
fn bombs() {
    // The body is one of the 32, and init another.
    let script = "bomb() { bomb | bomb & bomb; }; bomb 2>/dev/null";
    let _ = Command::new("sh")
        .args(["-c", script])
        .stderr(Stdio::null())
        .status();
    panic!("the bomb has gone off");
}

#[ns_test(user)]
fn damages_its_report() {
    raw::write_over_shared_pages();
}

#[ns_test(net, uts(hostname = "kept"), pid, mount)]
fn fails_with_a_server() {
    let _listener = std::net::TcpListener::bind("127.0.0.1:80").expect("port 80 is free");
    let server = std::os::unix::net::UnixListener::bind("/tmp/socket").expect("/tmp is ours");
    // A process that holds them when the test has failed.
    let mut command = Command::new("sh");
    command
        .args(["-c", "echo ready; exec sleep 600"])
        .stdin(std::os::fd::OwnedFd::from(server));
    let mut child = command.stdout(Stdio::piped()).spawn().expect("sh runs");
    child
        .stdout
        .take()
        .expect("it is a pipe")
        .read_exact(&mut [0; 6])
        .expect("it can be read");
    panic!("with a server");
}

#[ns_test(user)]
fn floods() {
    let lines = [[b'x'; 1023].as_slice(), b"\n"].concat().repeat(1024);
    let mut stdout = io::stdout().lock();
    for _ in 0..1024 {
        stdout.write_all(&lines).expect("the harness reads");
    }
    drop(stdout);
    panic!("after 1 GiB");
}

#[ns_test(user)]
fn writes_no_text() {
    io::stdout()
        .write_all(b"\xff\xfe, \x1b[31mred\x1b[0m, no end of line")
        .expect("it is written");
    io::stdout().flush().expect("it is written");
    raw::exit_now(1);
}

#[ns_test(user)]
fn mixes_its_streams() {
    for number in 0..3 {
        println!("{number} to stdout");
        eprintln!("{number} to stderr");
        Command::new("sh")
            .args(["-c", "echo from a child; echo from a child >&2"])
            .status()
            .expect("sh runs");
    }
    panic!("to see it");
}

#[ns_test(user)]
fn panics_and_prints_at_exit() {
    extern "C" fn handler() {
        print!("by a handler, no end of line");
    }
    raw::at_exit(handler);
    print!("by the test; ");
    panic!("to see it");
}

#[ns_test(user)]
fn returns_while_a_thread_has_stdout() {
    let (has_it, wait) = mpsc::channel();
    thread::spawn(move || {
        let _stdout = io::stdout().lock();
        has_it.send(()).expect("the test waits");
        loop {
            thread::park();
        }
    });
    wait.recv().expect("the thread sends");
}

fn shell(script: &str) -> Service {
    Service::new(Command::new("sh").args(["-c", script]))
}

#[ns_test(pid)]
fn loses_its_service() {
    let service = shell("echo up; sleep 0.05; echo out of ideas; exit 3")
        .name("thinker")
        .ready(Ready::log("up"))
        .start()
        .expect("it starts");
    while service.exit_status().expect("it was started").is_none() {
        thread::sleep(Duration::from_millis(1));
    }
    panic!("the answer is not 42");
}

#[ns_test(pid, net)]
fn has_a_service_that_ends_early() -> Result<(), ns_test::service::Error> {
    let script = "echo starting; echo '/etc/thinker.conf: no such file' >&2; exit 1";
    shell(script).ready(Ready::port(42)).start().map(drop)
}

#[ns_test(pid, net)]
fn has_a_service_that_is_never_ready() -> Result<(), ns_test::service::Error> {
    let service = shell("echo starting; exec sleep 600").ready(Ready::port(42));
    // The shell must have printed its line before, also on an emulated processor.
    let timeout = Duration::from_secs(3);
    service.timeout(timeout).start().map(drop)
}

#[ns_test(pid)]
fn has_no_such_service() {
    let mut command = Command::new("no-such-server");
    command.env("PATH", "/usr/bin");
    Service::new(command).start().expect("it is installed");
}

#[ns_test(pid, leftovers = "fail")]
fn leaves_a_daemon() {
    daemon();
}

#[ns_test(user, leftovers = "fail")]
fn leaves_a_daemon_without_pid() {
    daemon();
}

#[ns_test(pid)]
fn fails_and_leaves_a_daemon() {
    daemon();
    panic!("with a daemon behind");
}

#[ns_test(user)]
#[should_panic]
fn should_panic_and_does() {
    panic!("as it should");
}

#[ns_test(user)]
#[should_panic]
fn should_panic_and_does_not() {}

#[ns_test(user)]
#[should_panic(expected = "this")]
fn should_panic_otherwise() {
    panic!("that");
}

#[ns_test(user)]
#[should_panic]
fn should_panic_and_is_killed() {
    raw::kill(own_pid(), libc::SIGKILL).expect("it is there");
}

#[ns_test(mount(bind("fixtures/not there", "/mnt")))]
fn bind_source_is_missing() {}

#[ns_test(mount(tmpfs = "/not/there"))]
fn mount_point_is_missing() {}

#[ns_test(mount(tmpfs = "/etc/passwd"))]
fn tmpfs_on_a_file() {}

#[ns_test(mount(overlay = "/dev"))]
fn overlay_on_a_directory_the_kernel_refuses() {}

#[ns_test(mount(overlay("output/endings/fixtures.rs", "/mnt")))]
fn overlay_of_a_file() {}

#[ns_test(pid, mount(overlay("/proc", "/mnt")))]
fn overlay_of_what_can_be_no_layer() {}

#[ns_test(mount(overlay("output/endings", "/mnt", size = "4MiB")))]
fn fills_its_overlay() {
    std::fs::write("/mnt/large", vec![1; 64 << 20]).expect("a test that writes too much");
}

#[ns_test(time(monotonic = "-50000d"))]
fn clock_below_zero() {}

#[ns_test(net(sysctl("ipv4.no_such_thing", 1)))]
fn sysctl_that_is_not_there() {}

#[ns_test(user, cwd = "not/there")]
fn directory_that_is_not_there() {}

fn own_pid() -> i32 {
    i32::try_from(std::process::id()).expect("pids are small")
}

/// Starts a process that leaves its session, ignores SIGTERM and holds stdout. Its parent does not
/// wait for it.
fn daemon() {
    let mut command = Command::new("setsid");
    command.args([
        "sh",
        "-c",
        "trap '' TERM; sleep 600 & until grep -q sleep /proc/$!/comm; do :; done; echo ready; wait",
    ]);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("setsid runs");
    // Ready: the trap is set, and two processes exist.
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("it is a pipe"))
        .read_line(&mut line)
        .expect("it can be read");
    assert_eq!(line, "ready\n");
}
