//! `time`.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;
use std::time::{Duration, Instant, SystemTime};

use ns_test::ns_test;
use ns_test_suite::raw;

const DAY: u64 = 86_400;

/// Returns the value of `/proc/uptime`.
fn uptime() -> f64 {
    let text = fs::read_to_string("/proc/uptime").expect("/proc is there");
    text.split(' ')
        .next()
        .and_then(|seconds| seconds.parse().ok())
        .expect("a number")
}

#[ns_test(time(uptime = "+365d"))]
fn a_year_ahead() {
    assert!(raw::clock(libc::CLOCK_MONOTONIC).as_secs() >= 365 * DAY);
    assert!(raw::clock(libc::CLOCK_BOOTTIME).as_secs() >= 365 * DAY);
    assert!(uptime() >= 365.0 * 86_400.0);
    let child = Command::new("cat")
        .arg("/proc/uptime")
        .output()
        .expect("cat runs");
    assert!(child.stdout.len() > "31536000".len(), "children see it too");
}

#[ns_test(time(monotonic = "+1d"))]
fn one_clock_alone() {
    let [monotonic, boottime] = [libc::CLOCK_MONOTONIC, libc::CLOCK_BOOTTIME].map(raw::clock);
    assert!(
        monotonic.as_secs() >= DAY && monotonic.as_secs() - boottime.as_secs() > DAY - 60,
        "{monotonic:?} {boottime:?}"
    );
}

#[ns_test(time(boottime = "-1s", monotonic = "-1s"))]
fn backwards() {
    assert!(uptime() > 0.0);
    let offsets = fs::read_to_string("/proc/self/timens_offsets").expect("/proc is there");
    let seconds: Vec<&str> = offsets
        .lines()
        .filter_map(|line| line.split_whitespace().nth(1))
        .collect();
    assert_eq!(seconds, ["-1", "-1"]);
}

#[ns_test(time(uptime = "+1d"))]
fn sleeping_is_as_long_as_ever() {
    let (begin, wall) = (Instant::now(), SystemTime::now());
    std::thread::sleep(Duration::from_millis(50));
    let (_sender, receiver) = mpsc::channel::<()>();
    assert!(receiver.recv_timeout(Duration::from_millis(50)).is_err());
    assert!(begin.elapsed() >= Duration::from_millis(100));
    assert!(
        begin.elapsed() < Duration::from_secs(60 * 60),
        "{:?}",
        begin.elapsed()
    );
    let wall = wall.elapsed().expect("the wall clock is the host's");
    assert!(wall < Duration::from_secs(60 * 60), "{wall:?}");
}

#[ns_test(time)]
fn bare_is_a_namespace_without_offsets() {
    let inside = fs::read_link("/proc/self/ns/time").expect("the kernel has time namespaces");
    let offsets = fs::read_to_string("/proc/self/timens_offsets").expect("/proc is there");
    assert!(
        offsets
            .lines()
            .all(|line| line.split_whitespace().skip(1).all(|number| number == "0")),
        "{offsets}"
    );
    let initial = Path::new("time:[4026531834]");
    assert_ne!(inside, initial, "PROC_TIME_INIT_INO");
}
