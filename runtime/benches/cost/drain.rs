//! Waits until the kernel has taken down what ended earlier, or the next contender pays for the last.

use std::fs;
use std::thread;
use std::time::Duration;

/// How long the kernel's threads are watched at a time.
const GLANCE: Duration = Duration::from_millis(50);

/// How much they may do in that time, in nanoseconds, to be called quiet.
const QUIET: u64 = 2_000_000;

/// How often one looks at most: on a machine that others use they may never be.
const MOST: u32 = 40;

/// Returns once the kernel's threads are quiet.
pub(crate) fn wait() {
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

/// The processor time of all threads of the kernel, in nanoseconds.
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
            // The kernel's threads have no command line.
            if command.is_empty() {
                times.split(' ').next()?.parse::<u64>().ok()
            } else {
                None
            }
        })
        .sum()
}
