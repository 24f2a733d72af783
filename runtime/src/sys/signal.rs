//! Signals: `sigprocmask(2)`, `sigqueue(3)`, `signal(7)`.

use std::ffi::c_int;
use std::marker::PhantomData;
use std::ptr;

use nix::libc;
use nix::sys::signal::{SigSet, SigmaskHow};

use super::Errno;
use super::errno::check;
use super::process::{Forked, Pid};
use super::syscall::syscall;

pub(crate) use nix::sys::signal::{
    SIGABRT, SIGCHLD, SIGKILL, SIGPIPE, SIGSYS, SIGTERM, SIGUSR1, Signal,
};
#[cfg(feature = "service")]
pub(crate) use nix::sys::signal::{SIGCONT, SIGSTOP};

/// Proof that the calling thread blocks every signal that can be blocked, and so do its new threads
/// and children.
pub(crate) struct SignalsBlocked {
    before: SigSet,
    /// It concerns the calling thread, so it is neither `Send` nor `Sync`.
    _here: PhantomData<*const ()>,
}

/// Blocks every signal that can be blocked.
pub(crate) fn block_all() -> Result<SignalsBlocked, Errno> {
    let before = SigSet::all()
        .thread_swap_mask(SigmaskHow::SIG_SETMASK)
        .map_err(Errno::from_nix)?;
    Ok(SignalsBlocked::with(before))
}

impl SignalsBlocked {
    fn with(before: SigSet) -> Self {
        Self {
            before,
            _here: PhantomData,
        }
    }

    /// Restores the previous signal mask.
    pub(crate) fn unblock(self) -> Result<(), Errno> {
        self.before.thread_set_mask().map_err(Errno::from_nix)
    }

    /// Returns the proof for a new thread of this thread, which begins with the same signals
    /// blocked.
    pub(super) fn in_new_thread(&self) -> impl FnOnce() -> Self + Send + 'static {
        let before = self.before;
        move || Self::with(before)
    }
}

/// Unblocks all signals in a new process, which inherits its parent's mask.
pub(crate) fn unblock_all(_forked: &Forked) -> Result<(), Errno> {
    SigSet::empty().thread_set_mask().map_err(Errno::from_nix)
}

/// Resets each ignored signal to its default action, except SIGPIPE, which std ignores. Handlers
/// stay.
///
/// Ignored signals survive `execve(2)`: a shell ignores SIGINT and SIGQUIT for background
/// processes, `nohup(1)` ignores SIGHUP. A raw call, because nix knows no real-time signals.
pub(crate) fn stop_ignoring() {
    for number in (1..=LAST).filter(|number| *number != libc::SIGPIPE) {
        // The kernel's `struct sigaction` is shorter on all architectures.
        let mut action = [0_usize; 32];
        let answer = action.as_mut_ptr().expose_provenance();
        let ask = [number as usize, 0, answer, SET_SIZE];
        // SAFETY: there is room for the answer, and nothing is changed.
        let asked = unsafe { syscall(libc::SYS_rt_sigaction, ask) };
        if asked.is_ok() && action[HANDLER] == libc::SIG_IGN {
            let default = [0_usize; 32];
            let set_to = default.as_ptr().expose_provenance();
            let set = [number as usize, set_to, 0, SET_SIZE];
            // SAFETY: all zeroes is the default action, without flags and mask.
            let _ = unsafe { syscall(libc::SYS_rt_sigaction, set) };
        }
    }
}

/// `_NSIG`. Raw calls reach the two signals that libc reserves.
pub(crate) const LAST: c_int = 64;

const IS_MIPS: bool = cfg!(any(target_arch = "mips", target_arch = "mips64"));

/// The index of the handler in the kernel's `struct sigaction`: before the flags, except on MIPS.
const HANDLER: usize = if IS_MIPS { 1 } else { 0 };

/// The number of bytes in the kernel's `sigset_t`.
const SET_SIZE: usize = if IS_MIPS { 16 } else { 8 };

/// Resets a signal to its default action.
pub(crate) fn set_default(signal: Signal) {
    set_effect(signal, false);
}

/// Ignores a signal. If SIGCHLD is ignored, the kernel reaps the caller's children: `wait(2)`.
pub(crate) fn ignore(signal: Signal) {
    set_effect(signal, true);
}

/// Ignores the signal or resets it to its default action. nix's `signal` is unsafe for all actions,
/// including these two.
fn set_effect(signal: Signal, ignored: bool) {
    let effect = if ignored {
        libc::SIG_IGN
    } else {
        libc::SIG_DFL
    };
    // SAFETY: neither action is a function that could violate safety.
    unsafe { libc::signal(signal as c_int, effect) };
}

/// Sends a signal with a number: `sigqueue(3)`, which nix does not have.
pub(crate) fn queue(pid: Pid, signal: Signal, value: c_int) -> Result<(), Errno> {
    // The kernel copies the union through its pointer field, which is as wide as the union.
    let value = libc::sigval {
        sival_ptr: ptr::without_provenance_mut(value.unsigned_abs() as usize),
    };
    // SAFETY: takes no pointers that are dereferenced.
    check(unsafe { libc::sigqueue(pid, signal as c_int, value) }).map(drop)
}
