//! Children of the test that return through its function, or panic, or skip.

use std::process::exit;
use std::thread::sleep;
use std::time::Duration;

use ns_test::ns_test;
use ns_test_suite::raw;

/// Creates a child with the test's own pid, in a nested pid namespace: returns `true` in that
/// child. The test waits for its end.
fn nested_twin() -> bool {
    let own = std::process::id();
    raw::unshare(libc::CLONE_NEWPID).expect("root may");
    for pid in 1..own {
        if raw::fork().expect("a fork") {
            // PID 1 must stay, or the kernel refuses further processes in the namespace.
            sleep(Duration::from_millis(if pid == 1 { 600 } else { 0 }));
            raw::exit_now(0);
        }
    }
    if raw::fork().expect("a fork") {
        assert_eq!(std::process::id(), own);
        return true;
    }
    wait();
    false
}

fn wait() {
    while !raw::reap_children() {
        sleep(Duration::from_millis(5));
    }
}

#[ns_test(pid)]
fn twin_returns() {
    if !nested_twin() {
        exit(0);
    }
}

#[ns_test(pid)]
#[should_panic]
fn twin_panics() {
    if nested_twin() {
        panic!("a child's");
    }
    exit(101);
}

#[ns_test(pid)]
fn twin_skips() {
    if nested_twin() {
        ns_test::skip!("a child's");
    }
    exit(101);
}

#[ns_test(user)]
fn child_returns() {
    if !raw::fork().expect("a fork") {
        wait();
        exit(0);
    }
}

#[ns_test(user)]
#[should_panic]
fn child_panics() {
    if raw::fork().expect("a fork") {
        panic!("a child's");
    }
    wait();
    exit(101);
}

/// The child panics, and the test ends like an aborted process.
#[ns_test(user)]
#[should_panic]
fn child_panics_before_an_abort() {
    if raw::fork().expect("a fork") {
        panic!("a child's");
    }
    wait();
    std::process::abort();
}

#[ns_test(user)]
fn child_skips() {
    if raw::fork().expect("a fork") {
        ns_test::skip!("a child's");
    }
    wait();
    exit(101);
}

/// More than fits in a report.
#[ns_test(user)]
#[should_panic(expected = "at the end")]
fn message_is_long() {
    panic!("{} at the end", "-".repeat(100_000));
}

/// The child panics, which must have no effect, and the test returns.
#[ns_test(user)]
fn child_fails_and_test_returns() {
    if raw::fork().expect("a fork") {
        panic!("a child's");
    }
    wait();
}
