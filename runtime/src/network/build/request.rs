//! Requests to the kernel in the namespace of a host, and the reasons of its refusals.

use std::os::fd::{AsFd, OwnedFd};

use super::namespace;
use crate::network::netlink::{Answer, Batch, Refusal, Socket};
use crate::network::refused::Refused;
use crate::sandbox::visit;

/// Moves the calling thread to the next namespace.
pub(super) fn enter(namespace: &OwnedFd, step: &'static str) -> Result<(), Refused> {
    visit::enter(namespace.as_fd()).map_err(|errno| Refused::new(step, "setns", errno))
}

/// Sends the batch to the calling thread's namespace.
pub(super) fn send(step: &'static str, batch: &Batch) -> Result<Vec<Answer>, Refused> {
    let sent = Socket::route().and_then(|socket| socket.send(batch));
    sent.map_err(|refusal| explain(step, refusal))
}

pub(super) fn explain(step: &'static str, refusal: Refusal) -> Refused {
    let mut refused = Refused::new(step, "netlink", refusal.errno);
    if let Some(about) = refusal.about {
        refused = refused.of(about);
    }
    match refusal.words.as_deref() {
        // The step explains it: `Refused::if_unsupported`.
        None | Some("Unknown device type") => namespace::explain(refused),
        Some(words) => refused.because(format!("the kernel's message: {words}")),
    }
}
