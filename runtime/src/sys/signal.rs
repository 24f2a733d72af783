//! Signals: `sigprocmask(2)`, `signalfd(2)`, `signal(7)`.

use std::ffi::c_int;
use std::mem;
use std::os::fd::{AsFd, FromRawFd, OwnedFd};
use std::ptr;

use nix::libc;

use super::Errno;
use super::errno::check;
use super::fd;

pub(crate) const SIGABRT: c_int = libc::SIGABRT;
pub(crate) const SIGCHLD: c_int = libc::SIGCHLD;
pub(crate) const SIGKILL: c_int = libc::SIGKILL;
pub(crate) const SIGTERM: c_int = libc::SIGTERM;
pub(crate) const SIGPIPE: c_int = libc::SIGPIPE;

/// A set of signals that a thread holds back.
#[derive(Clone, Copy)]
pub(crate) struct Mask(libc::sigset_t);

/// Holds back every signal that can be held back, and answers with what was held back before.
pub(crate) fn block_all() -> Result<Mask, Errno> {
    let mut all = empty();
    // SAFETY: the set outlives the call.
    unsafe { libc::sigfillset(&raw mut all) };
    let mut before = Mask(empty());
    // SAFETY: both sets outlive the call.
    check(unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const all, &raw mut before.0) })?;
    Ok(before)
}

/// Lets through again what the mask does not hold back.
pub(crate) fn restore(mask: &Mask) -> Result<(), Errno> {
    // SAFETY: the set outlives the call; a null pointer means that the old one is not wanted.
    check(unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const mask.0, ptr::null_mut()) })
        .map(drop)
}

/// Gives a signal its default effect.
pub(crate) fn set_default(signal: c_int) {
    // SAFETY: SIG_DFL is no function of ours that could do harm.
    unsafe { libc::signal(signal, libc::SIG_DFL) };
}

/// Ignores a signal. Of SIGCHLD it also means that the kernel reaps the caller's children: `wait(2)`.
pub(crate) fn ignore(signal: c_int) {
    // SAFETY: SIG_IGN is no function of ours that could do harm.
    unsafe { libc::signal(signal, libc::SIG_IGN) };
}

/// A descriptor to read the two blocked signals from.
pub(crate) fn descriptor(signals: [c_int; 2]) -> Result<OwnedFd, Errno> {
    let mut set = empty();
    for signal in signals {
        // SAFETY: the set outlives the call.
        unsafe { libc::sigaddset(&raw mut set, signal) };
    }
    // SAFETY: the set outlives the call.
    let raw = check(unsafe {
        libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK)
    })?;
    // SAFETY: the kernel has just made this descriptor for us.
    Ok(unsafe { OwnedFd::from_raw_fd(raw) })
}

/// The next signal that waits behind the descriptor.
pub(crate) fn next(descriptor: &OwnedFd) -> Option<c_int> {
    const SIZE: usize = size_of::<libc::signalfd_siginfo>();
    let mut buffer = [0; SIZE];
    match fd::read(descriptor.as_fd(), &mut buffer) {
        // The number is the structure's first field.
        Ok(SIZE) => Some(c_int::from_ne_bytes([
            buffer[0], buffer[1], buffer[2], buffer[3],
        ])),
        _nothing => None,
    }
}

/// A signal's name, and its meaning as `signal(7)` gives it. `None`: a real-time signal, or one this crate has no words for.
pub(crate) fn describe(number: c_int) -> Option<(&'static str, &'static str)> {
    NAMES
        .iter()
        .find(|(known, ..)| *known == number)
        .map(|(_, name, meaning)| (*name, *meaning))
}

const NAMES: &[(c_int, &str, &str)] = &[
    (libc::SIGHUP, "SIGHUP", "hangup"),
    (libc::SIGINT, "SIGINT", "interrupt from keyboard"),
    (libc::SIGQUIT, "SIGQUIT", "quit from keyboard"),
    (libc::SIGILL, "SIGILL", "illegal instruction"),
    (libc::SIGTRAP, "SIGTRAP", "trace or breakpoint trap"),
    (libc::SIGABRT, "SIGABRT", "abort"),
    (libc::SIGBUS, "SIGBUS", "bad memory access"),
    (libc::SIGFPE, "SIGFPE", "arithmetic error"),
    (libc::SIGKILL, "SIGKILL", "killed"),
    (libc::SIGUSR1, "SIGUSR1", "user-defined signal 1"),
    (libc::SIGSEGV, "SIGSEGV", "invalid memory reference"),
    (libc::SIGUSR2, "SIGUSR2", "user-defined signal 2"),
    (libc::SIGPIPE, "SIGPIPE", "broken pipe"),
    (libc::SIGALRM, "SIGALRM", "timer"),
    (libc::SIGTERM, "SIGTERM", "termination"),
    (libc::SIGSTKFLT, "SIGSTKFLT", "stack fault"),
    (libc::SIGXCPU, "SIGXCPU", "processor time limit exceeded"),
    (libc::SIGXFSZ, "SIGXFSZ", "file size limit exceeded"),
    (libc::SIGVTALRM, "SIGVTALRM", "virtual timer"),
    (libc::SIGPROF, "SIGPROF", "profiling timer"),
    (libc::SIGIO, "SIGIO", "input or output possible"),
    (libc::SIGPWR, "SIGPWR", "power failure"),
    (libc::SIGSYS, "SIGSYS", "bad system call"),
];

fn empty() -> libc::sigset_t {
    // SAFETY: the set is an array of integers, and all zeroes is the empty set on Linux.
    unsafe { mem::zeroed() }
}
