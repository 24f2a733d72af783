//! Tests that leave processes which /proc does not show.

use std::fs::File;
use std::io::Read as _;
use std::thread::sleep;
use std::time::Duration;

use ns_test::ns_test;
use ns_test_suite::raw;

/// Leaves this many processes, some in sessions of their own, one below another.
fn leave(count: usize) {
    for _ in 0..count {
        if raw::fork().expect("a fork") {
            let _ = raw::setsid();
            let _ = raw::fork();
            sleep(Duration::from_secs(600));
            raw::exit_now(0);
        }
    }
}

/// So many that a list of them is longer than a page.
#[ns_test(user)]
fn four_hundred() {
    for _ in 0..400 {
        if raw::fork().expect("a fork") {
            sleep(Duration::from_secs(600));
            raw::exit_now(0);
        }
    }
}

#[ns_test(user)]
fn too_long() {
    sleep(Duration::from_secs(600));
}

/// Leaves a child that traces the test, so that only the child can reap it. Neither the child nor
/// its own child does.
fn leave_a_tracer() {
    let own = i32::try_from(std::process::id()).expect("pids are small");
    let (ready, traces) = raw::pipe().expect("a pipe");
    if raw::fork().expect("a fork") {
        raw::trace(own).expect("the kernel allows it among equals");
        drop((ready, traces));
        let _ = raw::fork();
        sleep(Duration::from_secs(600));
        raw::exit_now(0);
    }
    drop(traces);
    File::from(ready).read_to_end(&mut Vec::new()).expect("the child closes it");
}

#[ns_test(user)]
fn a_tracer() {
    leave_a_tracer();
}

#[ns_test(pid)]
fn a_tracer_with_pid() {
    leave_a_tracer();
}

#[ns_test(mount(tmpfs = "/proc"))]
fn a_tracer_with_a_tmpfs_over_proc() {
    leave_a_tracer();
}

#[ns_test(pid(proc = false), mount(root = "rootfs"))]
fn a_tracer_without_proc() {
    leave_a_tracer();
}

#[ns_test(user, leftovers = "fail")]
fn must_not_as_a_tracer() {
    leave_a_tracer();
}

#[ns_test(pid, leftovers = "fail")]
fn must_not_as_a_tracer_with_pid() {
    leave_a_tracer();
}

#[ns_test(user)]
fn few() {
    leave(3);
}

#[ns_test(mount(root = "rootfs"))]
fn in_a_root_without_proc() {
    assert!(!std::path::Path::new("/proc").exists());
    leave(3);
}

#[ns_test(mount(tmpfs = "/proc"))]
fn with_a_tmpfs_over_proc() {
    leave(3);
}

#[ns_test(mount(root = "rootfs"), leftovers = "fail")]
fn must_not_in_a_root_without_proc() {
    leave(1);
}

#[ns_test(mount(tmpfs = "/proc"), leftovers = "fail")]
fn must_not_with_a_tmpfs_over_proc() {
    leave(1);
}

#[ns_test(pid(proc = false), leftovers = "fail")]
fn must_not_without_an_own_proc() {
    leave(1);
}

#[ns_test(pid(proc = false), mount(root = "rootfs"), leftovers = "fail")]
fn must_not_in_a_root_with_pid() {
    leave(1);
}

#[ns_test(user, leftovers = "fail")]
fn must_not_and_does_not() {
    if raw::fork().expect("a fork") {
        raw::exit_now(0);
    }
    while !raw::reap_children() {
        sleep(Duration::from_millis(5));
    }
}
