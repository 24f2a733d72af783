//! Waits until the kernel has destroyed earlier namespaces and written the files of earlier builds.
//! Otherwise the next contender would pay for the last one.

use std::fs;
use std::thread;
use std::time::Duration;

use nix::unistd::sync;

/// The interval over which the kernel's threads are sampled.
const GLANCE: Duration = Duration::from_millis(50);

/// The processor time in an interval, in nanoseconds, up to which the threads count as idle.
const QUIET: u64 = 2_000_000;

/// The most samples: on a shared machine they may never be idle.
const MOST: u32 = 40;

/// Writes all files to disk, and returns once the kernel's threads are idle.
pub(crate) fn wait() {
    sync();
    let mut before = busy();
    for _ in 0..MOST {
        thread::sleep(GLANCE);
        let now = busy();
        if now.saturating_sub(before) < QUIET {
            return;
        }
        before = now;
    }
}

/// Returns the processor time of all kernel threads, in nanoseconds.
fn busy() -> u64 {
    let Ok(processes) = fs::read_dir("/proc") else {
        return 0;
    };
    processes
        .flatten()
        .filter_map(|entry| {
            let path = entry.path();
            let command = fs::read(path.join("cmdline")).ok()?;
            let times = fs::read_to_string(path.join("schedstat")).ok()?;
            // Kernel threads have no command line.
            if command.is_empty() {
                times.split(' ').next()?.parse::<u64>().ok()
            } else {
                None
            }
        })
        .sum()
}
