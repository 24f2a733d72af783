//! The floor: only the system calls that create and end the same namespaces, in a loop from a small
//! process.
//!
//! One clone, the same set-up, the same two processes, one wait. The set-up includes what a test
//! gets in addition to namespaces (docs/inherited.md): a session keyring, a session, a process
//! group, a working directory, closed descriptors. There is no harness, launcher, plan, output or
//! verdict. The program is this binary, which is small while it does nothing else,
//! and is linked as test binaries are.

#![expect(
    unsafe_code,
    reason = "the raw calls, without the library that is compared with them"
)]

use std::env;
use std::ffi::{c_int, c_long};
use std::io;
use std::mem;

use crate::fixture::{SET, TESTS};
use crate::repeat::{THREADS, number};
use crate::set_up::SetUp;

/// Runs as many small processes as there are threads, each with its share of the tests.
pub(crate) fn run() -> Result<(), String> {
    let (tests, threads) = (number(TESTS)?, number(THREADS)?);
    let set = env::var(SET).unwrap_or_default();
    let set_up = SetUp::new(&set).map_err(|error| error.to_string())?;
    for _ in 1..threads {
        if clone(0)? == 0 {
            exit(i32::from(repeat(tests / threads, &set_up).is_err()));
        }
    }
    repeat(tests / threads, &set_up)?;
    (1..threads).try_for_each(|_| wait_for(-1))
}

fn repeat(tests: u32, set_up: &SetUp) -> Result<(), String> {
    for _ in 0..tests {
        match clone(set_up.flags)? {
            0 => init(set_up),
            pid => wait_for(pid)?,
        }
    }
    Ok(())
}

/// Creates the sandbox, and a second process in it that exits at once.
fn init(set_up: &SetUp) -> ! {
    let done = set_up.enter().is_ok()
        && match clone(0) {
            Ok(0) => exit(i32::from(set_up.enter_body().is_err())),
            body => body.and_then(wait_for).is_ok(),
        };
    exit(i32::from(!done))
}

fn clone(flags: u64) -> Result<c_int, String> {
    // SAFETY: all fields of the structure are integers, for which zero is a value.
    let mut arguments: libc::clone_args = unsafe { mem::zeroed() };
    arguments.flags = flags;
    arguments.exit_signal = libc::SIGCHLD.unsigned_abs().into();
    let size = size_of::<libc::clone_args>();
    // SAFETY: the structure outlives the call. The child has its own copy of all memory, and there
    // are no other threads.
    let pid = unsafe { libc::syscall(libc::SYS_clone3, &raw mut arguments, size) };
    checked("clone3", pid)?;
    c_int::try_from(pid).map_err(|error| error.to_string())
}

/// Waits for the child, or for any child with -1. Returns an error also if the child failed.
fn wait_for(pid: c_int) -> Result<(), String> {
    let mut status = 0;
    // SAFETY: the status outlives the call.
    let waited = unsafe { libc::waitpid(pid, &raw mut status, 0) };
    checked("waitpid", waited.into())?;
    if status == 0 {
        Ok(())
    } else {
        Err(format!("a child ended with status {status:#x}"))
    }
}

fn exit(code: c_int) -> ! {
    // SAFETY: never returns.
    unsafe { libc::_exit(code) }
}

fn checked(call: &str, result: c_long) -> Result<(), String> {
    if result == -1 {
        Err(format!("{call}: {}", io::Error::last_os_error()))
    } else {
        Ok(())
    }
}
