//! The signals that init and supervisors wait for: `signalfd(2)`.

use std::ffi::c_int;

use nix::sys::signalfd::SfdFlags;

use crate::sys::Errno;
use crate::sys::signal::Signal;

pub(crate) use nix::sys::signalfd::SignalFd;

/// Returns a descriptor from which these blocked signals can be read.
pub(crate) fn descriptor(signals: impl IntoIterator<Item = Signal>) -> Result<SignalFd, Errno> {
    let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
    SignalFd::with_flags(&signals.into_iter().collect(), flags).map_err(Errno::from_nix)
}

/// Returns the next pending signal of the descriptor.
pub(crate) fn next(descriptor: &SignalFd) -> Option<Signal> {
    next_with_value(descriptor).map(|(signal, _)| signal)
}

/// Returns the next pending signal with the number that [`queue`](crate::sys::signal::queue) sent.
pub(crate) fn next_with_value(descriptor: &SignalFd) -> Option<(Signal, c_int)> {
    let info = descriptor.read_signal().ok()??;
    let signal = Signal::try_from(c_int::try_from(info.ssi_signo).ok()?).ok()?;
    Some((signal, c_int::try_from(info.ssi_ptr).unwrap_or(0)))
}
