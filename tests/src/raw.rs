//! Calls that std has no words for, as a test would make them.

#![expect(unsafe_code, reason = "libc has no safe face; each call stands alone")]

use std::ffi::{CStr, CString, c_int};
use std::io;
use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::time::Duration;

/// The answer of a call that says -1 for "see errno".
fn check(result: c_int) -> io::Result<c_int> {
    if result == -1 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

fn c_string(text: &str) -> CString {
    CString::new(text).expect("no NUL in the texts of tests")
}

/// `getuid(2)` and `getgid(2)`.
#[must_use]
pub fn ids() -> (u32, u32) {
    // SAFETY: can't fail.
    let uid = unsafe { libc::getuid() };
    // SAFETY: can't fail.
    (uid, unsafe { libc::getgid() })
}

/// `kill(2)`.
///
/// # Errors
/// Its errno.
pub fn kill(pid: i32, signal: c_int) -> io::Result<()> {
    // SAFETY: takes no pointers.
    check(unsafe { libc::kill(pid, signal) }).map(drop)
}

/// `getsid(0)` and `getpgid(0)`.
#[must_use]
pub fn session_and_group() -> (i32, i32) {
    // SAFETY: takes no pointers.
    let session = unsafe { libc::getsid(0) };
    // SAFETY: takes no pointers.
    (session, unsafe { libc::getpgid(0) })
}

/// `_exit(2)`.
pub fn exit_now(code: c_int) -> ! {
    // SAFETY: never returns.
    unsafe { libc::_exit(code) }
}

/// Ends the process by an access to memory that is not there.
pub fn segfault() {
    // SAFETY: none: it is a test's purpose to crash.
    unsafe { std::ptr::null_mut::<u8>().write_volatile(1) }
}

/// `fork(2)`: `true` in the child.
///
/// # Errors
/// Its errno.
pub fn fork() -> io::Result<bool> {
    // SAFETY: the tests that call it have one thread.
    check(unsafe { libc::fork() }).map(|pid| pid == 0)
}

/// `setsid(2)`.
///
/// # Errors
/// Its errno.
pub fn setsid() -> io::Result<()> {
    // SAFETY: takes no pointers.
    check(unsafe { libc::setsid() }).map(drop)
}

/// `unshare(2)`.
///
/// # Errors
/// Its errno.
pub fn unshare(flags: c_int) -> io::Result<()> {
    // SAFETY: takes no pointers.
    check(unsafe { libc::unshare(flags) }).map(drop)
}

/// The processors that the caller may run on: `sched_getaffinity(2)`.
///
/// # Errors
/// Its errno.
pub fn allowed_processors() -> io::Result<Vec<usize>> {
    // SAFETY: the set is an array of integers, for which zero is a value.
    let mut set: libc::cpu_set_t = unsafe { mem::zeroed() };
    // SAFETY: the set outlives the call.
    check(unsafe { libc::sched_getaffinity(0, size_of_val(&set), &raw mut set) })?;
    let most = size_of_val(&set) * 8;
    // SAFETY: all of these numbers have a bit in the set.
    Ok((0..most)
        .filter(|number| unsafe { libc::CPU_ISSET(*number, &set) })
        .collect())
}

/// Moves the caller to this processor: `sched_setaffinity(2)`.
///
/// # Errors
/// Its errno.
pub fn run_on(processor: usize) -> io::Result<()> {
    // SAFETY: the set is an array of integers, for which zero is a value.
    let mut set: libc::cpu_set_t = unsafe { mem::zeroed() };
    // SAFETY: the callers' numbers come from such a set.
    unsafe { libc::CPU_SET(processor, &mut set) };
    // SAFETY: the set outlives the call.
    check(unsafe { libc::sched_setaffinity(0, size_of_val(&set), &raw const set) }).map(drop)
}

/// The processor that libc says the caller runs on: `sched_getcpu(3)`.
#[must_use]
pub fn processor() -> Option<usize> {
    // SAFETY: takes no pointers.
    usize::try_from(unsafe { libc::sched_getcpu() }).ok()
}

/// `setuid(2)`.
///
/// # Errors
/// Its errno.
pub fn set_uid(uid: u32) -> io::Result<()> {
    // SAFETY: takes no pointers.
    check(unsafe { libc::setuid(uid) }).map(drop)
}

/// `setgroups(2)`.
///
/// # Errors
/// Its errno.
pub fn set_groups(groups: &[u32]) -> io::Result<()> {
    // SAFETY: the list is as long as said.
    check(unsafe { libc::setgroups(groups.len(), groups.as_ptr()) }).map(drop)
}

/// `sethostname(2)`.
///
/// # Errors
/// Its errno.
pub fn set_host_name(name: &str) -> io::Result<()> {
    // SAFETY: the length is the text's own.
    check(unsafe { libc::sethostname(name.as_ptr().cast(), name.len()) }).map(drop)
}

/// `setdomainname(2)`.
///
/// # Errors
/// Its errno.
pub fn set_domain_name(name: &str) -> io::Result<()> {
    // SAFETY: the length is the text's own.
    check(unsafe { libc::setdomainname(name.as_ptr().cast(), name.len()) }).map(drop)
}

/// `mount(2)`.
///
/// # Errors
/// Its errno.
pub fn mount(source: &str, target: &str, kind: &str, flags: u64) -> io::Result<()> {
    let [source, target, kind] = [source, target, kind].map(c_string);
    // SAFETY: C strings, and a null pointer for no data.
    let mounted = unsafe {
        libc::mount(
            source.as_ptr(),
            target.as_ptr(),
            kind.as_ptr(),
            flags,
            std::ptr::null(),
        )
    };
    check(mounted).map(drop)
}

/// `umount2(2)` with `MNT_DETACH`.
///
/// # Errors
/// Its errno.
pub fn unmount(target: &str) -> io::Result<()> {
    let target = c_string(target);
    // SAFETY: a C string.
    check(unsafe { libc::umount2(target.as_ptr(), libc::MNT_DETACH) }).map(drop)
}

/// Whether there is a System V shared memory segment of this key; makes it if asked.
///
/// # Errors
/// The errno of `shmget(2)`.
pub fn shared_memory(key: i32, create: bool) -> io::Result<()> {
    let flags = if create {
        libc::IPC_CREAT | libc::IPC_EXCL | 0o600
    } else {
        0
    };
    // SAFETY: takes no pointers.
    check(unsafe { libc::shmget(key, 4096, flags) }).map(drop)
}

/// The same for System V semaphores.
///
/// # Errors
/// The errno of `semget(2)`.
pub fn semaphores(key: i32, create: bool) -> io::Result<()> {
    let flags = if create {
        libc::IPC_CREAT | libc::IPC_EXCL | 0o600
    } else {
        0
    };
    // SAFETY: takes no pointers.
    check(unsafe { libc::semget(key, 1, flags) }).map(drop)
}

/// The same for System V message queues.
///
/// # Errors
/// The errno of `msgget(2)`.
pub fn message_queue(key: i32, create: bool) -> io::Result<()> {
    let flags = if create {
        libc::IPC_CREAT | libc::IPC_EXCL | 0o600
    } else {
        0
    };
    // SAFETY: takes no pointers.
    check(unsafe { libc::msgget(key, flags) }).map(drop)
}

/// Makes a POSIX message queue.
///
/// # Errors
/// The errno of `mq_open(3)`.
pub fn posix_queue(name: &str) -> io::Result<()> {
    let name = c_string(name);
    let no_attributes = std::ptr::null_mut::<libc::mq_attr>();
    // SAFETY: a C string, and the two arguments that O_CREAT asks for.
    let queue = unsafe {
        libc::mq_open(
            name.as_ptr(),
            libc::O_CREAT | libc::O_EXCL,
            0o600 as libc::mode_t,
            no_attributes,
        )
    };
    check(queue).map(drop)
}

/// Whether there is a POSIX message queue of this name.
#[must_use]
pub fn has_posix_queue(name: &str) -> bool {
    let name = c_string(name);
    // SAFETY: a C string.
    let queue = unsafe { libc::mq_open(name.as_ptr(), libc::O_RDONLY) };
    if queue != -1 {
        close(queue);
    }
    queue != -1
}

/// `mq_unlink(3)`.
///
/// # Errors
/// Its errno.
pub fn remove_posix_queue(name: &str) -> io::Result<()> {
    let name = c_string(name);
    // SAFETY: a C string.
    check(unsafe { libc::mq_unlink(name.as_ptr()) }).map(drop)
}

/// Makes POSIX shared memory.
///
/// # Errors
/// The errno of `shm_open(3)`.
pub fn posix_memory(name: &str) -> io::Result<()> {
    let name = c_string(name);
    // SAFETY: a C string.
    check(unsafe {
        libc::shm_open(
            name.as_ptr(),
            libc::O_CREAT | libc::O_EXCL | libc::O_RDWR,
            0o600,
        )
    })
    .map(drop)
}

/// Makes a POSIX semaphore.
///
/// # Errors
/// The errno of `sem_open(3)`.
pub fn posix_semaphore(name: &CStr) -> io::Result<()> {
    // SAFETY: a C string, and the two arguments that O_CREAT asks for.
    let semaphore = unsafe {
        libc::sem_open(
            name.as_ptr(),
            libc::O_CREAT | libc::O_EXCL,
            0o600 as libc::c_uint,
            1 as libc::c_uint,
        )
    };
    if semaphore.is_null() {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// What a clock shows: `clock_gettime(2)`.
///
/// # Panics
/// If there is no such clock.
#[must_use]
pub fn clock(clock: libc::clockid_t) -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the structure outlives the call.
    check(unsafe { libc::clock_gettime(clock, &raw mut time) }).expect("the clock exists");
    Duration::new(
        time.tv_sec.unsigned_abs(),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}

/// A datagram ICMP socket, as unprivileged ping uses: `icmp(7)`. Sends an echo request to 127.0.0.1 and waits for the answer.
///
/// # Errors
/// The errno of the call that failed.
pub fn ping() -> io::Result<()> {
    // SAFETY: takes no pointers.
    let raw = check(unsafe {
        libc::socket(
            libc::AF_INET,
            libc::SOCK_DGRAM | libc::SOCK_CLOEXEC,
            libc::IPPROTO_ICMP,
        )
    })?;
    // SAFETY: the kernel has just made this descriptor.
    let socket = std::net::UdpSocket::from(unsafe { OwnedFd::from_raw_fd(raw) });
    socket.set_read_timeout(Some(Duration::from_secs(5)))?;
    const ECHO_REQUEST: u8 = 8;
    socket.send_to(&[ECHO_REQUEST, 0, 0, 0, 0, 0, 0, 1], "127.0.0.1:0")?;
    socket.recv(&mut [0; 64]).map(drop)
}

/// How libc has the first argument of `getrlimit(2)`.
#[cfg(target_env = "gnu")]
pub type Resource = libc::__rlimit_resource_t;
/// How libc has the first argument of `getrlimit(2)`.
#[cfg(not(target_env = "gnu"))]
pub type Resource = c_int;

/// The soft limit of a resource: `getrlimit(2)`.
///
/// # Panics
/// If there is no such limit.
#[must_use]
pub fn limit(resource: Resource) -> u64 {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the structure outlives the call.
    check(unsafe { libc::getrlimit(resource, &raw mut limit) }).expect("the limit exists");
    limit.rlim_cur
}

/// `dup(2)`: unlike std's descriptors, one that programs inherit.
///
/// # Errors
/// Its errno.
pub fn dup(fd: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    // SAFETY: takes no pointers.
    let raw = check(unsafe { libc::dup(fd.as_raw_fd()) })?;
    // SAFETY: the kernel has just made this descriptor.
    Ok(unsafe { OwnedFd::from_raw_fd(raw) })
}

/// Closes a descriptor of the process: std's own, too.
pub fn close(fd: c_int) {
    // SAFETY: takes no pointers; the tests that call it use the descriptor no more.
    unsafe { libc::close(fd) };
}

/// Has the process end with this status when it would end with another: the last word of an atexit handler.
pub fn at_exit_exit_with(code: c_int) {
    static CODE: std::sync::atomic::AtomicI32 = std::sync::atomic::AtomicI32::new(0);
    extern "C" fn handler() {
        exit_now(CODE.load(std::sync::atomic::Ordering::Relaxed));
    }
    CODE.store(code, std::sync::atomic::Ordering::Relaxed);
    // SAFETY: the handler is a function that may be called at any time.
    unsafe { libc::atexit(handler) };
}

/// Writes garbage over all memory that the process shares with others: what no test should be able to pass by.
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
            // SAFETY: the mapping is there and writable, says the kernel; it is a test's purpose to damage it.
            unsafe { word.write_volatile(0x5a5a_5a5a) };
        }
    }
}

/// Maps a page of an empty file and reads it: SIGBUS.
pub fn read_behind_the_end(path: &str) {
    use std::os::fd::AsRawFd;
    let file = std::fs::File::create(path)
        .and_then(|_| std::fs::File::open(path))
        .expect("it can be made");
    // SAFETY: asks for new memory.
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
    // SAFETY: none: it is a test's purpose to crash.
    unsafe { page.cast::<u8>().read_volatile() };
}

/// Forbids every call to this process by a filter, and makes one: SIGSYS.
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
    // SAFETY: the program outlives the call.
    let _ = unsafe {
        libc::prctl(
            libc::PR_SET_SECCOMP,
            libc::SECCOMP_MODE_FILTER,
            &raw const program,
        )
    };
    let _ = ids();
}

/// Lifts the soft limit on the size of core files to the hard one.
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

/// The largest resident set, in bytes, that any child had that has been waited for: `getrusage(2)`.
#[must_use]
pub fn most_memory_of_children() -> u64 {
    // SAFETY: all fields of the structure are integers, for which zero is a value.
    let mut usage: libc::rusage = unsafe { mem::zeroed() };
    // SAFETY: the structure outlives the call.
    check(unsafe { libc::getrusage(libc::RUSAGE_CHILDREN, &raw mut usage) })
        .expect("it can't fail");
    usage.ru_maxrss.unsigned_abs() * 1024
}

/// `pipe2(2)`: the end to read from first, both closed on exec.
///
/// # Errors
/// Its errno.
pub fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [-1; 2];
    // SAFETY: the array has room for the two descriptors.
    check(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) })?;
    // SAFETY: the kernel has just made it, and nobody else knows it.
    let reader = unsafe { OwnedFd::from_raw_fd(ends[0]) };
    // SAFETY: the same.
    Ok((reader, unsafe { OwnedFd::from_raw_fd(ends[1]) }))
}

/// Makes this process the parent of all its descendants that lose theirs: `PR_SET_CHILD_SUBREAPER`.
///
/// # Errors
/// The errno of `prctl(2)`.
pub fn become_subreaper() -> io::Result<()> {
    // SAFETY: takes numbers.
    check(unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }).map(drop)
}

/// Whether this process has a child, ended or not, that nobody has waited for.
#[must_use]
pub fn has_children() -> bool {
    // SAFETY: all fields of the structure are integers, for which zero is a value.
    let mut found: libc::siginfo_t = unsafe { mem::zeroed() };
    let flags = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    // SAFETY: the structure outlives the call.
    check(unsafe { libc::waitid(libc::P_ALL, 0, &raw mut found, flags) }).is_ok()
}

/// Waits for children that have ended. Whether none is left.
#[must_use]
pub fn reap_children() -> bool {
    // SAFETY: without a place for the status nothing is written.
    while unsafe { libc::waitpid(-1, std::ptr::null_mut(), libc::WNOHANG) } > 0 {}
    !has_children()
}
