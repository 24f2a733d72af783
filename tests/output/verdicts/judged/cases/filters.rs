//! Tests that forbid themselves a system call and then end, one way or another.

use std::env;

use ns_test::ns_test;
use ns_test_suite::seccomp::{self, Rule};

/// Forbids the call that the environment names, by the filter's action that it names.
fn forbid() {
    let calls = [
        ("getpid", libc::SYS_getpid),
        ("write", libc::SYS_write),
        ("munmap", libc::SYS_munmap),
        ("sigaltstack", libc::SYS_sigaltstack),
        ("exit", libc::SYS_exit),
        ("brk", libc::SYS_brk),
        ("mmap", libc::SYS_mmap),
        ("futex", libc::SYS_futex),
    ];
    let name = env::var("JUDGED_CALL").expect("the checks set it");
    let (_, call) = calls.iter().find(|(known, _)| *known == name).expect("it is in the list");
    let rule = match env::var("JUDGED_ANSWER").as_deref() {
        Ok("kill") => Rule::kills(*call),
        _ => Rule::refuses(*call),
    };
    seccomp::install(&[rule]).expect("the kernel takes it");
}

#[ns_test(user)]
fn returns() {
    forbid();
}

#[ns_test(user)]
fn panics() {
    forbid();
    panic!("for a reason");
}

#[ns_test(user)]
#[should_panic(expected = "reason")]
fn should_panic() {
    forbid();
    panic!("for a reason");
}

#[ns_test(user)]
fn skips() {
    forbid();
    ns_test::skip!("there is no moon");
}
