//! The test's side of the wire: starting it, sending messages to it, ending it.

use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt as _;
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitStatus;
use std::sync::{Mutex, PoisonError};

use crate::network::refused::Refused;
use crate::network::topology::Topology;
use crate::sys::process::{self, Clone, CloneArgs};
use crate::sys::{Errno, packet, signal, socket};

use super::counter::Counts;
use super::message::Message;
use super::state::Wire;
use crate::outcome::describe_signal;

/// The room for frames that were received and not read yet, in bytes. The kernel limits it to
/// `net.core.rmem_max`.
const RECEIVE_BUFFER: i32 = 4 << 20;

/// A running wire. It ends when this is dropped.
#[derive(Debug)]
pub(in crate::network) struct Handle {
    /// Serializes messages, each with its acknowledgement.
    control: Mutex<OwnedFd>,
    pidfd: OwnedFd,
    counts: Counts,
    /// The process that has started it. Its forked children must not end the wire.
    owner: u32,
    /// How it ended, once that is known.
    ended: Mutex<Option<Ended>>,
}

/// How a wire ended unexpectedly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::network) enum Ended {
    Exited(i32),
    Killed(i32),
    /// Another waiter has reaped it.
    Gone,
}

/// Opens a packet socket in the calling thread's namespace, which is the hub.
pub(in crate::network) fn open_socket() -> Result<OwnedFd, Refused> {
    packet::open(RECEIVE_BUFFER).map_err(|errno| {
        let refused = Refused::new("open the wire's packet socket", "socket", errno);
        refused.because(
            "only `Link::direct()` works without AF_PACKET sockets. A container engine's seccomp filter, or a \
             kernel without CONFIG_PACKET, refuses them: allow `socket(AF_PACKET)`, or run `modprobe af_packet`",
        )
    })
}

impl Handle {
    /// Clones the wire from this process.
    pub(in crate::network) fn start(
        topology: &Topology,
        seed: u64,
        packets: OwnedFd,
        capture: Option<OwnedFd>,
    ) -> Result<Self, Refused> {
        let failed = |call| move |errno: Errno| Refused::new("start the wire", call, errno);
        let counts = Counts::new(topology.ports.len()).map_err(failed("mmap"))?;
        let (ours, theirs) = socket::pair().map_err(failed("socketpair"))?;
        let wire = Wire::new(topology, seed, packets, theirs, &counts, capture);
        // The wire keeps all signals blocked: the test's handlers must not run there.
        let blocked = signal::block_all().map_err(failed("sigprocmask"))?;
        let cloned = process::clone(CloneArgs::default(), &blocked);
        if let Ok(Clone::Child(forked)) = &cloned {
            // Unwinding further would run the test's code a second time.
            let _ = panic::catch_unwind(AssertUnwindSafe(|| wire.run(forked)));
            process::exit_now(1);
        }
        let _ = blocked.unblock();
        match cloned.map_err(failed("clone3"))? {
            Clone::Child(_) => process::exit_now(1),
            Clone::Parent { pidfd, .. } => Ok(Self {
                control: Mutex::new(ours),
                pidfd,
                counts,
                owner: std::process::id(),
                ended: Mutex::new(None),
            }),
        }
    }

    pub(in crate::network) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Sends messages, and waits until they take effect.
    pub(in crate::network) fn tell(&self, messages: &[Message<'_>]) -> Result<(), Ended> {
        let control = self.control.lock().unwrap_or_else(PoisonError::into_inner);
        for message in messages {
            let mut answer = [0; 4];
            let sent = socket::send(control.as_fd(), &message.encode(), &[]);
            let answered = sent.and_then(|()| socket::receive(control.as_fd(), &mut answer));
            if !matches!(answered, Ok((1.., _))) {
                return Err(self.ended(true).unwrap_or(Ended::Gone));
            }
        }
        Ok(())
    }

    /// Returns how the wire has ended, if it has.
    pub(in crate::network) fn ended(&self, block: bool) -> Option<Ended> {
        if !self.is_owner() {
            return None;
        }
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if ended.is_none() {
            *ended = match process::wait_pidfd(self.pidfd.as_fd(), block) {
                Ok(None) => None,
                Ok(Some(status)) => Some(Ended::from(status)),
                Err(_no_child) => Some(Ended::Gone),
            };
        }
        *ended
    }

    /// Ends it in order, with a complete capture. Returns how it had ended before, if it had.
    pub(in crate::network) fn end(&self) -> Option<Ended> {
        if !self.is_owner() {
            return None;
        }
        let before = self.ended(false);
        if before.is_none() {
            if let Err(ended) = self.tell(&[Message::End]) {
                return Some(ended);
            }
            self.ended(true);
        }
        before
    }
}

impl Handle {
    fn is_owner(&self) -> bool {
        self.owner == std::process::id()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // Does nothing if `end` was called.
        if self.is_owner() && self.ended(false).is_none() {
            let _ = process::pidfd_send_signal(self.pidfd.as_fd(), signal::SIGKILL);
            self.ended(true);
        }
    }
}

impl From<ExitStatus> for Ended {
    fn from(status: ExitStatus) -> Self {
        match (status.signal(), status.code()) {
            (Some(signal), _) => Self::Killed(signal),
            (None, code) => Self::Exited(code.unwrap_or(-1)),
        }
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exited(code) => write!(out, "exited with status {code}"),
            Self::Killed(number) => match describe_signal(*number) {
                Some((name, _)) => write!(out, "was killed by {name}"),
                None => write!(out, "was killed by signal {number}"),
            },
            Self::Gone => out.write_str("disappeared"),
        }
    }
}
