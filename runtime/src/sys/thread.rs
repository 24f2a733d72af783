//! Who else runs in this process: what has to be known before a fork.

use std::cell::Cell;
use std::io;
use std::marker::PhantomData;
use std::os::fd::AsFd;
use std::thread;
use std::time::Duration;

use nix::fcntl::OFlag;
use nix::sched::CloneFlags;

use super::signal::SignalsBlocked;
use super::{Errno, fd};

/// Proof that no other thread of this process can hold a lock of libc's or std's, now and as long as the proof lives.
///
/// The child of a fork has only the forking thread. A lock that another thread held is held in the child for ever, so
/// that its next `malloc` may hang: POSIX allows such a child only async-signal-safe calls. Who has this proof may run
/// any code in the child.
#[derive(Debug)]
pub(crate) struct SingleThreaded {
    /// It speaks of the calling thread: neither `Send` nor `Sync`.
    _here: PhantomData<Cell<()>>,
}

impl SingleThreaded {
    /// `None` where other threads exist.
    ///
    /// `unshare(CLONE_THREAD)` unshares nothing, but the kernel refuses it with EINVAL in a process that has threads
    /// (`unshare(2)`): an answer that needs no /proc. Where a filter forbids `unshare` altogether, /proc is asked.
    pub(crate) fn check() -> Option<Self> {
        let single_threaded = Self { _here: PhantomData };
        let thread = CloneFlags::CLONE_THREAD;
        match nix::sched::unshare(thread).map_err(Errno::from_nix) {
            Ok(()) => Some(single_threaded),
            Err(Errno::INVAL) => None,
            Err(_filtered) => (count_in_proc()? == 1).then_some(single_threaded),
        }
    }

    /// For a test thread of libtest, in a process that runs this one test: the main thread is there too, but sleeps until the
    /// test has a result. `None` where there are more threads, or the main thread has not come to rest in time.
    ///
    /// Why its sleep proves what this type promises: in state `S` a thread neither runs nor waits for memory or a disk (`D`).
    /// It waits for an event inside a system call, or on a futex. What std's and libc's locks have threads wait for is their
    /// release, by another thread that holds one; the only other thread is the caller, which holds none while it looks
    /// (it reads by bare system calls, into its own stack). So the main thread waits for no lock. What is left of its way
    /// (from the end of `pthread_create` to the receipt of the result) is the wait for that result. Having a lock in hand
    /// there would be a deadlock of libtest: to send a result takes the channel's and the allocator's. Nobody but the
    /// caller could send one, and it won't as long as it has the proof.
    pub(crate) fn beside_main_asleep() -> Option<Self> {
        /// Looks, each after a pause of a millisecond.
        const MOST_LOOKS: u32 = 10_000;
        if let Some(single_threaded) = Self::check() {
            return Some(single_threaded);
        }
        for _ in 0..MOST_LOOKS {
            if count_in_proc()? != 2 {
                return None;
            }
            if state_of_main() == Some(b'S') {
                return Some(Self { _here: PhantomData });
            }
            thread::sleep(Duration::from_millis(1));
        }
        None
    }
}

/// The letter of `proc_pid_stat(5)`. The file of a process has the state of its first thread.
fn state_of_main() -> Option<u8> {
    let stat = fd::open(c"/proc/self/stat", OFlag::O_RDONLY).ok()?;
    let mut buffer = [0; 512];
    let length = fd::read(stat.as_fd(), &mut buffer).ok()?;
    // Behind the name, which stands in brackets and may hold some.
    let name_end = buffer[..length].iter().rposition(|byte| *byte == b')')?;
    buffer.get(name_end + 2).copied()
}

fn count_in_proc() -> Option<usize> {
    std::fs::read_dir("/proc/self/task")
        .ok()
        .map(Iterator::count)
}

/// Runs `work` on a new thread of this name, the caller asleep meanwhile, and returns once it is done.
///
/// What is forked in `work` has the name for its main thread: std's messages and `thread::current().name()` show it.
/// The new thread is alone in the sense of [`SingleThreaded`] though the caller's exists: it starts only when told so, and from
/// that word on the caller does nothing but wait on a futex. (Without the word the caller could still be inside
/// `pthread_create`, with musl's thread-list lock or the allocator's in hand.)
pub(crate) fn call_on_thread_named<F, T>(
    _caller: &SingleThreaded,
    blocked: &SignalsBlocked,
    name: &str,
    work: F,
) -> io::Result<T>
where
    F: FnOnce(&SingleThreaded, &SignalsBlocked) -> T + Send + 'static,
    T: Send + 'static,
{
    let blocked = blocked.in_new_thread();
    let worker = thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || {
            while !STARTED.swap(false, std::sync::atomic::Ordering::Acquire) {
                thread::park();
            }
            work(&SingleThreaded { _here: PhantomData }, &blocked())
        })?;
    STARTED.store(true, std::sync::atomic::Ordering::Release);
    worker.thread().unpark();
    worker
        .join()
        .map_err(|_panic| io::Error::other("the launching thread panicked"))
}

/// The caller's word to the one thread it has started; there is never more than one, since the caller waits for it.
static STARTED: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);
