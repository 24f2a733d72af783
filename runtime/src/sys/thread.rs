//! Who else runs in this process: what has to be known before a fork.

use std::cell::Cell;
use std::io;
use std::marker::PhantomData;
use std::thread;

use super::Errno;
use super::errno::check;

/// Proof that no other thread of this process can hold a lock of libc's or std's, now and as long as the proof lives.
///
/// The child of a fork has only the forking thread. A lock that another thread held is held in the child for ever, so
/// that its next `malloc` may hang: POSIX allows such a child only async-signal-safe calls. Who has this proof may run
/// any code in the child.
#[derive(Debug)]
pub(crate) struct Alone {
    /// It speaks of the calling thread: neither `Send` nor `Sync`.
    _here: PhantomData<Cell<()>>,
}

impl Alone {
    /// `None` where other threads exist.
    ///
    /// `unshare(CLONE_THREAD)` unshares nothing, but the kernel refuses it with EINVAL in a process that has threads
    /// (`unshare(2)`): an answer that needs no /proc. Where a filter forbids `unshare` altogether, /proc is asked.
    pub(crate) fn check() -> Option<Self> {
        let alone = Self { _here: PhantomData };
        // SAFETY: takes no pointers, and changes nothing in a process with one thread.
        match check(unsafe { libc::unshare(libc::CLONE_THREAD) }) {
            Ok(_) => Some(alone),
            Err(Errno::INVAL) => None,
            Err(_filtered) => (count_in_proc()? == 1).then_some(alone),
        }
    }
}

fn count_in_proc() -> Option<usize> {
    std::fs::read_dir("/proc/self/task")
        .ok()
        .map(Iterator::count)
}

/// Runs `work` on a new thread of this name, the caller asleep meanwhile, and returns once it is done.
///
/// What is forked in `work` has the name for its main thread: std's messages and `thread::current().name()` show it.
/// The new thread is alone in the sense of [`Alone`] though the caller's exists: it starts only when told so, and from
/// that word on the caller does nothing but wait on a futex. (Without the word the caller could still be inside
/// `pthread_create`, with musl's thread-list lock or the allocator's in hand.)
pub(crate) fn call_on_thread_named<F>(_caller: &Alone, name: &str, work: F) -> io::Result<()>
where
    F: FnOnce(&Alone) + Send + 'static,
{
    let worker = thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || {
            while !STARTED.swap(false, std::sync::atomic::Ordering::Acquire) {
                thread::park();
            }
            work(&Alone { _here: PhantomData });
        })?;
    STARTED.store(true, std::sync::atomic::Ordering::Release);
    worker.thread().unpark();
    worker
        .join()
        .map_err(|_panic| io::Error::other("the launching thread panicked"))
}

/// The caller's word to the one thread it has started; there is never more than one, since the caller waits for it.
static STARTED: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);
