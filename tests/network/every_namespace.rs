//! The kernel's events in every namespace of a network, the wire's included: a build moves and
//! removes no interface.

#![expect(unsafe_code, reason = "it replaces a function of libc")]

use std::ffi::{c_int, c_long};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use ns_test::ns_test;
use ns_test_suite::raw::NetworkEvents;

use crate::traffic::every_kind;

/// `RTM_NEWLINK` and `RTM_DELLINK`. An interface that is moved is deleted where it was.
const NEW_LINK: u16 = 16;
const DELETED_LINK: u16 = 17;

static RECORDING: AtomicBool = AtomicBool::new(false);
static EVENTS: Mutex<Vec<NetworkEvents>> = Mutex::new(Vec::new());

/// Replaces libc's `unshare(2)` in the whole test binary. While a test records, it opens a socket
/// for the events of each new network namespace, before that has interfaces.
#[unsafe(no_mangle)]
extern "C" fn unshare(flags: c_int) -> c_int {
    // SAFETY: takes a number.
    let result = unsafe { libc::syscall(libc::SYS_unshare, c_long::from(flags)) };
    if result == 0 && flags & libc::CLONE_NEWNET != 0 && RECORDING.load(Ordering::Relaxed) {
        let events = NetworkEvents::of_links().expect("a socket");
        EVENTS.lock().expect("no test panics with it").push(events);
    }
    c_int::try_from(result).unwrap_or(-1)
}

/// Returns the events of each namespace that the closure makes.
fn record<R>(f: impl FnOnce() -> R) -> (R, Vec<NetworkEvents>) {
    RECORDING.store(true, Ordering::Relaxed);
    let result = f();
    RECORDING.store(false, Ordering::Relaxed);
    let events = std::mem::take(&mut *EVENTS.lock().expect("no test panics with it"));
    (result, events)
}

#[ns_test(net, mount)]
fn a_build_moves_and_removes_no_interface() {
    let (network, events) = record(|| every_kind().0);
    drop(network);
    let seen: Vec<Vec<u16>> = events.iter().map(NetworkEvents::take).collect();
    assert_eq!(seen.len(), 5, "four hosts and the wire: {seen:?}");
    for kinds in seen {
        assert!(kinds.contains(&NEW_LINK), "{kinds:?}");
        assert!(!kinds.contains(&DELETED_LINK), "{kinds:?}");
    }
}

/// Shows that the same sockets receive the events of a move and of a deletion.
#[ns_test(net, mount)]
fn a_move_and_a_removal_are_seen() {
    let (network, events) = record(|| every_kind().0);
    let ip = |arguments: &[&str]| {
        let output = Command::new("ip").args(arguments).output();
        let output = output.expect("iproute2 is installed");
        assert!(output.status.success(), "{output:?}");
    };
    let deletions = || {
        let kinds = events.iter().map(NetworkEvents::take);
        kinds
            .map(|kinds| kinds.contains(&DELETED_LINK))
            .collect::<Vec<_>>()
    };
    assert_eq!(deletions(), [false; 5]);
    let hosts: Vec<_> = network.hosts().collect();
    let mut at_home = Command::new("sleep").arg("60").spawn().expect("it starts");
    let pid = at_home.id().to_string();
    hosts[1].run(|| ip(&["link", "set", "eth1", "netns", &pid]));
    assert_eq!(deletions(), [false, true, false, false, false]);
    // This also deletes the end in the wire's namespace.
    hosts[2].run(|| ip(&["link", "delete", "eth0"]));
    assert_eq!(deletions(), [false, false, true, false, true]);
    at_home.kill().expect("it runs");
    at_home.wait().expect("it ends");
}
