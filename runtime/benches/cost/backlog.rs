//! Measures how many network namespaces are alive at the peak of a long run while all processors
//! are busy.

use std::fs;
use std::hint;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::contender::Place;
use crate::group::Log;
use crate::{drain, measure, names, report};

/// Runs the measurement if the kernel's count is readable, which requires root.
pub(crate) fn run(place: &Place, log: &mut Log) -> Result<(), String> {
    if alive().is_none() {
        report::skipped(names::BACKLOG, "only root can count them");
        return Ok(());
    }
    drain::wait();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut ours = place.ours("user, net", 2, 10_000);
    let over = AtomicBool::new(false);
    let peak = thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| burn(&over));
        }
        let watch = scope.spawn(|| watch(&over));
        let used = measure::run(&mut ours.command);
        over.store(true, Ordering::Relaxed);
        used.and(
            watch
                .join()
                .map_err(|_panic| "the watch panicked".to_owned()),
        )
    })?;
    log.facts.push((names::BACKLOG, peak));
    report::fact(names::BACKLOG, peak);
    Ok(())
}

fn burn(over: &AtomicBool) {
    while !over.load(Ordering::Relaxed) {
        hint::spin_loop();
    }
}

fn watch(over: &AtomicBool) -> f64 {
    let mut peak = 0.0;
    while !over.load(Ordering::Relaxed) {
        peak = alive().unwrap_or(0.0).max(peak);
        thread::sleep(Duration::from_millis(20));
    }
    peak
}

/// Counts the objects that the kernel's allocator has handed out, a few more than there are
/// namespaces.
fn alive() -> Option<f64> {
    let slabs = fs::read_to_string("/proc/slabinfo").ok()?;
    let line = slabs
        .lines()
        .find(|line| line.starts_with("net_namespace "))?;
    line.split_ascii_whitespace().nth(1)?.parse().ok()
}
