//! Faults that tests provoke, and the limits they need.

use std::ffi::c_int;

use super::{check, exit_now, ids};

/// Ends the process by an access to unmapped memory.
pub fn segfault() {
    // In a debug build, std's own checks catch a null pointer and abort.
    let nowhere = std::ptr::without_provenance_mut::<u8>(8);
    // SAFETY: unsound on purpose: the test must crash.
    unsafe { nowhere.write_volatile(1) }
}

/// Replaces the exit status of the process: an atexit handler exits with this one.
pub fn at_exit_exit_with(code: c_int) {
    static CODE: std::sync::atomic::AtomicI32 = std::sync::atomic::AtomicI32::new(0);
    extern "C" fn handler() {
        exit_now(CODE.load(std::sync::atomic::Ordering::Relaxed));
    }
    CODE.store(code, std::sync::atomic::Ordering::Relaxed);
    at_exit(handler);
}

/// Registers a function that runs when the process exits.
pub fn at_exit(function: extern "C" fn()) {
    // SAFETY: the function is static and takes no arguments.
    unsafe { libc::atexit(function) };
}

/// Overwrites all memory that the process shares with others. No test may pass by doing this.
pub fn write_over_shared_pages() {
    let maps = std::fs::read_to_string("/proc/self/maps").expect("/proc is there");
    let shared = maps.lines().filter(|line| line.contains(" rw-s "));
    for line in shared {
        let range = line.split(' ').next().unwrap_or_default();
        let (start, _) = range.split_once('-').expect("a range has two ends");
        let start = usize::from_str_radix(start, 16).expect("a number in hex");
        let words = std::ptr::with_exposed_provenance_mut::<u32>(start);
        for word in 0..16 {
            // SAFETY: within the mapping.
            let word = unsafe { words.add(word) };
            // SAFETY: the kernel lists the mapping as present and writable; the test damages it on
            // purpose.
            unsafe { word.write_volatile(0x5a5a_5a5a) };
        }
    }
}

/// Maps a page of an empty file and reads it, which raises SIGBUS.
pub fn read_behind_the_end(path: &str) {
    use std::os::fd::AsRawFd;
    let file = std::fs::File::create(path)
        .and_then(|_| std::fs::File::open(path))
        .expect("it can be made");
    // SAFETY: requests new memory.
    let page = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            4096,
            libc::PROT_READ,
            libc::MAP_PRIVATE,
            file.as_raw_fd(),
            0,
        )
    };
    assert_ne!(page, libc::MAP_FAILED);
    // SAFETY: unsound on purpose: the test must crash.
    unsafe { page.cast::<u8>().read_volatile() };
}

/// Installs a filter that forbids every call, and makes one, which raises SIGSYS.
pub fn forbid_all_calls() {
    const RETURN_KILL_PROCESS: libc::sock_filter = libc::sock_filter {
        code: 0x06,
        jt: 0,
        jf: 0,
        k: libc::SECCOMP_RET_KILL_PROCESS,
    };
    let mut filter = [RETURN_KILL_PROCESS];
    let program = libc::sock_fprog {
        len: 1,
        filter: filter.as_mut_ptr(),
    };
    // SAFETY: takes numbers.
    check(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) })
        .expect("it is allowed to all");
    // SAFETY: the filter program outlives the call.
    let _ = unsafe {
        libc::prctl(
            libc::PR_SET_SECCOMP,
            libc::SECCOMP_MODE_FILTER,
            &raw const program,
        )
    };
    let _ = ids();
}

/// Raises the soft limit on the size of core files to the hard limit.
pub fn allow_core() {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the structure outlives the call.
    check(unsafe { libc::getrlimit(libc::RLIMIT_CORE, &raw mut limit) }).expect("the limit exists");
    limit.rlim_cur = limit.rlim_max;
    // SAFETY: the structure outlives the call.
    check(unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const limit) })
        .expect("up to the hard limit");
}

/// libc's type of the first argument of `getrlimit(2)`.
#[cfg(target_env = "gnu")]
pub type Resource = libc::__rlimit_resource_t;
/// libc's type of the first argument of `getrlimit(2)`.
#[cfg(not(target_env = "gnu"))]
pub type Resource = c_int;

/// Returns the soft limit of a resource: `getrlimit(2)`.
///
/// # Panics
/// If there is no such limit.
#[must_use]
pub fn limit(resource: Resource) -> libc::rlim_t {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the structure outlives the call.
    check(unsafe { libc::getrlimit(resource, &raw mut limit) }).expect("the limit exists");
    limit.rlim_cur
}
