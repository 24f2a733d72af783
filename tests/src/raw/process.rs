//! Processes: identity, creation, waiting and ending.

use std::ffi::{CString, OsStr, c_int};
use std::io;
use std::mem;
use std::os::unix::ffi::OsStrExt as _;
use std::process::Command;

use super::check;

/// Traces a process (`PTRACE_SEIZE`), so that its parent can't reap it before the caller has.
///
/// # Errors
/// As `ptrace(2)`.
pub fn trace(pid: i32) -> io::Result<()> {
    // SAFETY: this request takes no addresses.
    match unsafe { libc::ptrace(libc::PTRACE_SEIZE, pid, 0, 0) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// Calls `getuid(2)` and `getgid(2)`.
#[must_use]
pub fn ids() -> (u32, u32) {
    // SAFETY: can't fail.
    let uid = unsafe { libc::getuid() };
    // SAFETY: can't fail.
    (uid, unsafe { libc::getgid() })
}

/// Calls `getsid(0)` and `getpgid(0)`.
#[must_use]
pub fn session_and_group() -> (i32, i32) {
    // SAFETY: takes no pointers.
    let session = unsafe { libc::getsid(0) };
    // SAFETY: takes no pointers.
    (session, unsafe { libc::getpgid(0) })
}

/// Calls `kill(2)`.
///
/// # Errors
/// Its errno.
pub fn kill(pid: i32, signal: c_int) -> io::Result<()> {
    // SAFETY: takes no pointers.
    check(unsafe { libc::kill(pid, signal) }).map(drop)
}

/// Ignores a signal: `signal(2)`.
pub fn ignore_signal(signal: c_int) {
    // SAFETY: SIG_IGN is not a handler function.
    unsafe { libc::signal(signal, libc::SIG_IGN) };
}

/// Calls `_exit(2)`.
pub fn exit_now(code: c_int) -> ! {
    // SAFETY: never returns.
    unsafe { libc::_exit(code) }
}

/// Calls `fork(2)`: returns `true` in the child.
///
/// # Errors
/// Its errno.
pub fn fork() -> io::Result<bool> {
    // SAFETY: the calling tests have one thread.
    check(unsafe { libc::fork() }).map(|pid| pid == 0)
}

/// Calls `setsid(2)`.
///
/// # Errors
/// Its errno.
pub fn setsid() -> io::Result<()> {
    // SAFETY: takes no pointers.
    check(unsafe { libc::setsid() }).map(drop)
}

/// Makes this process the parent of all orphans below it: `PR_SET_CHILD_SUBREAPER`.
///
/// # Errors
/// The errno of `prctl(2)`.
pub fn become_subreaper() -> io::Result<()> {
    // SAFETY: takes numbers.
    check(unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }).map(drop)
}

/// Returns whether this process has a child, running or not, that has not been reaped.
#[must_use]
pub fn has_children() -> bool {
    // SAFETY: all fields of the structure are integers, for which zero is a value.
    let mut found: libc::siginfo_t = unsafe { mem::zeroed() };
    let flags = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    // SAFETY: the structure outlives the call.
    check(unsafe { libc::waitid(libc::P_ALL, 0, &raw mut found, flags) }).is_ok()
}

/// Reaps children that have ended. Returns whether none is left.
#[must_use]
pub fn reap_children() -> bool {
    // SAFETY: a null status pointer means that nothing is written.
    while unsafe { libc::waitpid(-1, std::ptr::null_mut(), libc::WNOHANG) } > 0 {}
    !has_children()
}

/// Waits for a child to exit, and returns its exit status: `waitpid(2)`.
///
/// # Errors
/// Its errno, or an error if the child was killed.
pub fn wait_for_child() -> io::Result<c_int> {
    let mut status = 0;
    // SAFETY: the status outlives the call.
    check(unsafe { libc::waitpid(-1, &raw mut status, 0) })?;
    let exited = libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status));
    exited.ok_or_else(|| io::Error::other(format!("the child was killed: status {status}")))
}

/// Returns the processors that the caller may run on: `sched_getaffinity(2)`.
///
/// # Errors
/// Its errno.
pub fn allowed_processors() -> io::Result<Vec<usize>> {
    // SAFETY: the set is an array of integers, for which zero is a value.
    let mut set: libc::cpu_set_t = unsafe { mem::zeroed() };
    // SAFETY: the set outlives the call.
    check(unsafe { libc::sched_getaffinity(0, size_of_val(&set), &raw mut set) })?;
    let most = size_of_val(&set) * 8;
    // SAFETY: each of these numbers has a bit in the set.
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

/// Returns the caller's processor according to libc: `sched_getcpu(3)`.
#[must_use]
pub fn processor() -> Option<usize> {
    // SAFETY: takes no pointers.
    usize::try_from(unsafe { libc::sched_getcpu() }).ok()
}

/// Returns the largest resident set, in bytes, of any reaped child: `getrusage(2)`.
#[must_use]
pub fn most_memory_of_children() -> u64 {
    // SAFETY: all fields of the structure are integers, for which zero is a value.
    let mut usage: libc::rusage = unsafe { mem::zeroed() };
    // SAFETY: the structure outlives the call.
    check(unsafe { libc::getrusage(libc::RUSAGE_CHILDREN, &raw mut usage) })
        .expect("it can't fail");
    u64::try_from(usage.ru_maxrss).unwrap_or(0) * 1024
}

/// Executes this program with all process attributes unchanged: `execve(2)`. std's `exec` resets
/// signals first.
///
/// Drops only the variables that the command removes. Returns only on failure.
pub fn execute(command: &Command) -> io::Error {
    let c_string = |text: &OsStr| CString::new(text.as_bytes()).unwrap_or_default();
    let program = c_string(command.get_program());
    let arguments: Vec<CString> = [command.get_program()]
        .into_iter()
        .chain(command.get_args())
        .map(c_string)
        .collect();
    let removed: Vec<&OsStr> = command.get_envs().map(|(name, _)| name).collect();
    let variables: Vec<CString> = std::env::vars_os()
        .filter(|(name, _)| !removed.contains(&name.as_os_str()))
        .map(|(name, value)| {
            c_string(
                &[name.as_os_str(), OsStr::new("="), &value]
                    .iter()
                    .copied()
                    .collect::<std::ffi::OsString>(),
            )
        })
        .collect();
    let pointers = |all: &[CString]| -> Vec<*const std::ffi::c_char> {
        let all = all.iter().map(|text| text.as_ptr());
        all.chain([std::ptr::null()]).collect()
    };
    let (arguments, variables) = (pointers(&arguments), pointers(&variables));
    // SAFETY: C strings, and two null-terminated lists of them.
    unsafe { libc::execve(program.as_ptr(), arguments.as_ptr(), variables.as_ptr()) };
    io::Error::last_os_error()
}

/// Gives signals their default action: children inherit ignored signals.
pub fn stop_ignoring(signals: &[c_int]) {
    for signal in signals {
        // SAFETY: SIG_DFL is not a handler function.
        unsafe { libc::signal(*signal, libc::SIG_DFL) };
    }
}

/// Kills the children of all threads of this process, which no other process can reap.
pub fn kill_children() {
    let threads = std::fs::read_dir("/proc/self/task")
        .into_iter()
        .flatten()
        .flatten();
    let lists =
        threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
    for list in lists {
        for child in list.split_whitespace().filter_map(|pid| pid.parse().ok()) {
            let _ = kill(child, libc::SIGKILL);
        }
    }
}
