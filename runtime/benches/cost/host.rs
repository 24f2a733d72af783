//! The load of a harness and of a host: touched memory, open descriptors, mounts.

#![expect(
    unsafe_code,
    reason = "memory that is touched once the harness runs, and mounts, take raw calls"
)]

use std::env;
use std::ffi::{CStr, CString, c_int, c_void};
use std::fs::{self, File};
use std::io;
use std::mem;
use std::os::unix::fs::MetadataExt as _;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

/// The variable with the load: `NUMBER THING`.
pub(crate) const BURDEN: &str = "NS_TEST_BENCH_BURDEN";

/// The load, held until this value is dropped.
#[derive(Debug, Default)]
pub(crate) struct Held {
    _memory: Vec<u8>,
    _files: Vec<File>,
}

/// Adds the load that the environment names. Call it in a process with one thread, before the
/// harness runs.
pub(crate) fn burden_of_environment() -> Result<Held, String> {
    let burden = env::var(BURDEN).unwrap_or_default();
    let (number, thing) = burden.split_once(' ').unwrap_or(("0", ""));
    let number: usize = number.parse().map_err(|_digits| "no number")?;
    let result = match thing {
        "MB before" => Ok(Held {
            _memory: touched(number),
            ..Held::default()
        }),
        "MB before, given back" => {
            drop(touched(number));
            Ok(Held::default())
        }
        "MB while it runs" => touch_later(number, true),
        "MB while it runs, given back" => touch_later(number, false),
        "open files" => open_files(number),
        "mounts" => add_mounts(number),
        _ => Ok(Held::default()),
    };
    result.map_err(|error| format!("{burden}: {error}"))
}

/// Returns the number of mounts.
pub(crate) fn mounts() -> usize {
    fs::read_to_string("/proc/self/mountinfo").map_or(0, |table| table.lines().count())
}

fn touched(megabytes: usize) -> Vec<u8> {
    vec![1; megabytes << 20]
}

fn open_files(number: usize) -> io::Result<Held> {
    let files = (0..number).map(|_| File::open("/dev/null"));
    Ok(Held {
        _files: files.collect::<io::Result<_>>()?,
        ..Held::default()
    })
}

/// Adds mounts, in a separate mount namespace, to keep them off the host.
fn add_mounts(number: usize) -> io::Result<Held> {
    let of_caller = |id: u32| format!("{id} {id} 1");
    let caller = fs::metadata("/proc/self")?;
    // SAFETY: takes no pointers; Rust's memory does not depend on namespaces.
    check(unsafe { libc::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNS) })?;
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", of_caller(caller.uid()))?;
    fs::write("/proc/self/gid_map", of_caller(caller.gid()))?;
    mount(c"tmpfs", c"/tmp", 0)?;
    for count in mounts()..number {
        let point = format!("/tmp/mount-{count}");
        fs::create_dir(&point)?;
        mount(c"/tmp", &CString::new(point)?, libc::MS_BIND)?;
    }
    Ok(Held::default())
}

fn mount(source: &CStr, target: &CStr, flags: libc::c_ulong) -> io::Result<()> {
    let (source, target) = (source.as_ptr(), target.as_ptr());
    // SAFETY: C strings, and a null for no file system options.
    check(unsafe { libc::mount(source, target, c"tmpfs".as_ptr(), flags, ptr::null()) })
}

/// The memory to touch, its length, and whether to keep it.
static MEMORY: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());
static LENGTH: AtomicUsize = AtomicUsize::new(0);
static KEEP: AtomicBool = AtomicBool::new(false);

/// Touches memory in the harness's own process, long after its launchers have been forked. A thread
/// must not exist before the harness runs, and the harness runs no caller code later. So a signal
/// handler does it.
fn touch_later(megabytes: usize, keep: bool) -> io::Result<Held> {
    let length = megabytes << 20;
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: requests new memory and touches no existing memory.
    let memory = unsafe { libc::mmap(ptr::null_mut(), length, protection, flags, -1, 0) };
    if memory == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    MEMORY.store(memory.cast(), Ordering::Relaxed);
    LENGTH.store(length, Ordering::Relaxed);
    KEEP.store(keep, Ordering::Relaxed);
    let handler: extern "C" fn(c_int) = touch;
    // SAFETY: all fields of the structure are integers, or a pointer that may be null.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    action.sa_sigaction = handler as usize;
    action.sa_flags = libc::SA_RESTART;
    // SAFETY: the structure outlives the call; the handler is async-signal-safe.
    check(unsafe { libc::sigaction(libc::SIGALRM, &raw const action, ptr::null_mut()) })?;
    start_timer()?;
    Ok(Held::default())
}

/// Starts the timer, which a forked child does not inherit.
fn start_timer() -> io::Result<()> {
    let soon = libc::timeval {
        tv_sec: 0,
        tv_usec: 20_000,
    };
    // SAFETY: all fields of the structure are integers, for which zero is a value.
    let mut timer: libc::itimerval = unsafe { mem::zeroed() };
    timer.it_value = soon;
    // SAFETY: the structure outlives the call.
    check(unsafe { libc::setitimer(libc::ITIMER_REAL, &raw const timer, ptr::null_mut()) })
}

extern "C" fn touch(_signal: c_int) {
    let (memory, length) = (
        MEMORY.load(Ordering::Relaxed),
        LENGTH.load(Ordering::Relaxed),
    );
    for at in (0..length).step_by(4096) {
        // SAFETY: within the memory mapped for this handler, which has no other user.
        unsafe { memory.wrapping_add(at).write_volatile(1) };
    }
    if !KEEP.load(Ordering::Relaxed) {
        // SAFETY: the same memory, whose content is unused.
        unsafe { libc::madvise(memory.cast::<c_void>(), length, libc::MADV_DONTNEED) };
    }
}

fn check(result: c_int) -> io::Result<()> {
    if result == -1 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}
