//! How the first test of a `serial` key makes sure that the others would overlap with it.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// In the first test, waits until all others wait for the key: without it they would run now, and
/// find the shared directory.
///
/// The stage has the number of tests in `count`, and the lock file as the link `lock`.
///
/// # Errors
/// If the stage or `/proc/locks` can't be read, or the others do not wait.
pub fn hold_until_all_wait(stage: &Path) -> io::Result<()> {
    if fs::create_dir(stage.join("held")).is_err() {
        return Ok(());
    }
    let count = fs::read_to_string(stage.join("count"))?;
    let others = listed(count.parse::<usize>().map_err(io::Error::other)? - 1)?;
    let inode = format!(":{} ", fs::metadata(stage.join("lock"))?.ino());
    let begin = Instant::now();
    while begin.elapsed() < LONGEST {
        let locks = fs::read_to_string("/proc/locks")?;
        let waits = |line: &&str| line.contains("-> FLOCK") && line.contains(&inode);
        if locks.lines().filter(waits).count() == others {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Err(io::Error::other("the other tests do not wait for the key"))
}

/// Returns how many of the waiting processes are in `/proc/locks`. Each waits behind the one before
/// it, and Linux before 5.13 lists only those that wait for a lock that is held.
fn listed(waiting: usize) -> io::Result<usize> {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let mut numbers = release
        .split('.')
        .map_while(|number| number.parse::<u32>().ok());
    let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    Ok(if version < (5, 13) {
        waiting.min(1)
    } else {
        waiting
    })
}

/// Less than the tests' own timeout.
const LONGEST: Duration = Duration::from_secs(30);
