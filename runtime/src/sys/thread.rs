//! Proof that the process is single-threaded, required before `fork`.

use std::cell::Cell;
use std::io;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use nix::sched::CloneFlags;

use super::signal::SignalsBlocked;
use super::{Errno, fd};

/// Proof that no other thread of this process can hold a lock of libc or std while the proof lives.
///
/// The child of a fork has only the forking thread. A lock that another thread held stays locked in
/// the child forever, so its next `malloc` may hang. POSIX allows such a child only
/// async-signal-safe calls. With this proof any code may run in the child.
#[derive(Debug)]
pub(crate) struct SingleThreaded {
    /// Whether the holder is inside libc's `fork`. A cell is not `Sync`, as a proof that concerns
    /// the calling thread must not be.
    in_fork: Cell<bool>,
}

impl SingleThreaded {
    /// Returns the proof, or `None` if other threads exist.
    ///
    /// `unshare(CLONE_THREAD)` unshares nothing, but the kernel refuses it with EINVAL in a process
    /// with threads (`unshare(2)`). This check needs no /proc. If a filter forbids `unshare`
    /// altogether, /proc decides.
    pub(crate) fn check() -> Option<Self> {
        let single_threaded = Self::claim();
        let thread = CloneFlags::CLONE_THREAD;
        match nix::sched::unshare(thread).map_err(Errno::from_nix) {
            Ok(()) => Some(single_threaded),
            Err(Errno::INVAL) => None,
            Err(_filtered) => (count_in_proc()? == 1).then_some(single_threaded),
        }
    }

    /// Returns the proof for a test thread of libtest, in a process that runs only this test. The
    /// main thread exists, too, but sleeps until the test has a result. `None` if there are more
    /// threads, or the main thread has not gone to sleep in time.
    ///
    /// Why the sleep of the main thread is sufficient: in state `S` a thread neither runs nor waits
    /// for memory or a disk (`D`). It waits for an event inside a system call, or on a futex. A
    /// thread that waits for a lock of std or libc waits for another thread to release it. The only
    /// other thread is the caller, which holds no lock while it checks (it reads by bare system
    /// calls, into its own stack). So the main thread does not wait for a lock. Its only other wait
    /// between the end of `pthread_create` and the receipt of the result is the wait for that
    /// result. If it held a lock there, libtest would deadlock, because sending a result takes the
    /// locks of the channel and the allocator. Only the caller could send a result, and it does not
    /// while it has the proof.
    pub(crate) fn beside_main_asleep() -> Option<Self> {
        /// The number of checks, each after a pause of a millisecond.
        const MOST_LOOKS: u32 = 10_000;
        if let Some(single_threaded) = Self::check() {
            return Some(single_threaded);
        }
        for _ in 0..MOST_LOOKS {
            if count_in_proc()? != 2 {
                return None;
            }
            if state_of_main() == Some(b'S') {
                return Some(Self::claim());
            }
            thread::sleep(Duration::from_millis(1));
        }
        None
    }

    /// Runs libc's `fork`, and marks the time that it takes.
    pub(in crate::sys) fn marking_fork<T>(&self, fork: impl FnOnce() -> T) -> T {
        self.in_fork.set(true);
        let forked = fork();
        self.in_fork.set(false);
        forked
    }

    /// Returns whether a process that shared the holder's memory was killed inside libc's `fork`.
    /// It held libc's locks, which are never released.
    pub(crate) fn fork_was_cut_short(&self) -> bool {
        self.in_fork.get()
    }

    fn claim() -> Self {
        Self {
            in_fork: Cell::new(false),
        }
    }
}

/// Returns the state letter of `proc_pid_stat(5)`. The file of a process has the state of its first
/// thread.
fn state_of_main() -> Option<u8> {
    let stat = fd::open(c"/proc/self/stat", fd::READ).ok()?;
    let mut buffer = [0; 512];
    let length = fd::read(stat.as_fd(), &mut buffer).ok()?;
    // The state follows the name, which is in brackets and may contain brackets.
    let name_end = buffer[..length].iter().rposition(|byte| *byte == b')')?;
    buffer.get(name_end + 2).copied()
}

fn count_in_proc() -> Option<usize> {
    std::fs::read_dir("/proc/self/task")
        .ok()
        .map(Iterator::count)
}

/// Runs `work` on a new thread of this name, while the caller sleeps, and returns once it is done.
///
/// A process that `work` forks has the name for its main thread: std's messages and
/// `thread::current().name()` show it. The new thread counts as single in the sense of
/// [`SingleThreaded`] although the caller's exists. It starts only after the caller's signal, and
/// from then on the caller only waits on a futex. (Without the signal the caller could still be
/// inside `pthread_create`, holding musl's thread-list lock or the allocator's.)
pub(crate) fn call_on_thread_named<T: Send>(
    _caller: &SingleThreaded,
    blocked: &SignalsBlocked,
    name: &str,
    work: impl FnOnce(&SingleThreaded, &SignalsBlocked) -> T + Send,
) -> io::Result<T> {
    let blocked = blocked.in_new_thread();
    let may_start = AtomicBool::new(false);
    thread::scope(|scope| {
        let worker = thread::Builder::new()
            .name(name.to_owned())
            .spawn_scoped(scope, || {
                while !may_start.load(Ordering::Acquire) {
                    thread::park();
                }
                work(&SingleThreaded::claim(), &blocked())
            })?;
        may_start.store(true, Ordering::Release);
        worker.thread().unpark();
        worker
            .join()
            .map_err(|_panic| io::Error::other("the launching thread panicked"))
    })
}
