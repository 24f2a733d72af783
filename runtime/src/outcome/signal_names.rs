//! The names of signals: `signal(7)`.

use std::ffi::c_int;

use nix::sys::signal::Signal;

/// Returns a signal's name, and its meaning as in `signal(7)`. `None`: a real-time signal, or one
/// without a description in this crate.
pub(crate) fn describe(number: c_int) -> Option<(&'static str, &'static str)> {
    NAMES
        .iter()
        .find(|(known, ..)| *known as c_int == number)
        .map(|(_, name, meaning)| (*name, *meaning))
}

const NAMES: &[(Signal, &str, &str)] = &[
    (Signal::SIGHUP, "SIGHUP", "hangup"),
    (Signal::SIGINT, "SIGINT", "interrupt from keyboard"),
    (Signal::SIGQUIT, "SIGQUIT", "quit from keyboard"),
    (Signal::SIGILL, "SIGILL", "illegal instruction"),
    (Signal::SIGTRAP, "SIGTRAP", "trace or breakpoint trap"),
    (Signal::SIGABRT, "SIGABRT", "abort"),
    (Signal::SIGBUS, "SIGBUS", "bad memory access"),
    (Signal::SIGFPE, "SIGFPE", "arithmetic error"),
    (Signal::SIGKILL, "SIGKILL", "killed"),
    (Signal::SIGUSR1, "SIGUSR1", "user-defined signal 1"),
    (Signal::SIGSEGV, "SIGSEGV", "invalid memory reference"),
    (Signal::SIGUSR2, "SIGUSR2", "user-defined signal 2"),
    (Signal::SIGPIPE, "SIGPIPE", "broken pipe"),
    (Signal::SIGALRM, "SIGALRM", "timer"),
    (Signal::SIGTERM, "SIGTERM", "termination"),
    (Signal::SIGSTKFLT, "SIGSTKFLT", "stack fault"),
    (Signal::SIGXCPU, "SIGXCPU", "processor time limit exceeded"),
    (Signal::SIGXFSZ, "SIGXFSZ", "file size limit exceeded"),
    (Signal::SIGVTALRM, "SIGVTALRM", "virtual timer"),
    (Signal::SIGPROF, "SIGPROF", "profiling timer"),
    (Signal::SIGIO, "SIGIO", "input or output possible"),
    (Signal::SIGPWR, "SIGPWR", "power failure"),
    (Signal::SIGSYS, "SIGSYS", "bad system call"),
];
