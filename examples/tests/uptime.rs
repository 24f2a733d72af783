//! Code that depends on the time since boot, one year in the future.
//!
//! Without namespaces: no test waits for day 50 after boot, so users find the counter that
//! overflows there. Or the clock becomes a trait with a fake for tests, and the real clock is never
//! tested.
//!
//! `time(uptime = ..)` moves the monotonic and the boot clock for this one test. `Instant` and
//! /proc/uptime agree. The wall clock has no namespace.

use std::fs;
use std::io;
use std::time::{Duration, Instant};

use ns_test::ns_test;

/// The code under test: returns the milliseconds since boot. Firmware counts them in 32 bits, which
/// overflow after 49.7 days.
fn ticks() -> io::Result<u64> {
    let uptime = fs::read_to_string("/proc/uptime")?;
    let seconds: f64 = uptime
        .split(' ')
        .next()
        .unwrap_or_default()
        .parse()
        .map_err(io::Error::other)?;
    Ok(u64::try_from(Duration::from_secs_f64(seconds).as_millis()).unwrap_or(u64::MAX))
}

/// More code under test: formats the time since boot, as in "up 3 days".
fn up_for() -> io::Result<String> {
    let hours = ticks()? / 3_600_000;
    Ok(match (hours / 24, hours) {
        (0, hours) => format!("up {hours} hours"),
        (days, _) => format!("up {days} days"),
    })
}

#[ns_test(time(uptime = "+50d"))]
fn ticks_do_not_wrap_on_day_50() -> io::Result<()> {
    assert!(ticks()? > u64::from(u32::MAX));
    Ok(())
}

#[ns_test(time(uptime = "+365d"))]
fn a_year_is_printed_in_days() -> io::Result<()> {
    let text = up_for()?;
    let days: Option<u32> = text
        .strip_prefix("up ")
        .and_then(|rest| rest.strip_suffix(" days")?.parse().ok());
    assert!(days >= Some(365), "{text}");
    Ok(())
}

/// Only the offset of the clocks differs. Waiting takes its usual time.
#[ns_test(time(uptime = "+365d"))]
fn waiting_is_not_affected() {
    let begin = Instant::now();
    std::thread::sleep(Duration::from_millis(20));
    let waited = begin.elapsed();
    assert!(
        waited >= Duration::from_millis(20) && waited < Duration::from_secs(3600),
        "{waited:?}"
    );
}

ns_test::main!();
