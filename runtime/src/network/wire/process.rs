//! The wire's own process, which receives, delays and sends frames.

use std::os::fd::AsFd;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::prctl;
use nix::sys::time::TimeSpec;
use nix::unistd::{Pid, setpgid};

use crate::channel;
use crate::sys::packet::BATCH;
use crate::sys::process::{self, Forked};
use crate::sys::{fd, socket};

use super::capture::Capture;
use super::clock::now;
use super::counter::Count;
use super::message;
use super::queue::Held;
use super::state::Wire;
use super::switch::Passage;

/// The wire's exit codes.
const ENDED: i32 = 0;
const FAILED: i32 = 1;

impl Wire<'_> {
    /// Runs the wire until it exits.
    pub(super) fn run(mut self, forked: &Forked) -> ! {
        self.settle(forked);
        loop {
            self.deliver_due();
            if let Some(capture) = &mut self.capture {
                // The wire may be killed by SIGKILL.
                capture.flush();
            }
            let Ready { packets, control } = self.wait();
            if packets {
                self.receive();
            }
            if control && !self.obey() {
                process::exit_now(ENDED);
            }
        }
    }

    /// Leaves the test's process group, and closes the inherited descriptors.
    fn settle(&self, forked: &Forked) {
        // A signal that the test sends to its own process group must not reach the wire.
        let _ = setpgid(Pid::from_raw(0), Pid::from_raw(0));
        let _ = prctl::set_name(channel::HELPER);
        // 1 ns: the kernel's default would add 50 µs to each delay.
        let _ = prctl::set_timerslack(1);
        let capture = self.capture.as_ref().map(Capture::file);
        let kept = [
            self.packets.as_fd(),
            self.control.as_fd(),
            capture.unwrap_or(&self.control).as_fd(),
        ];
        fd::close_all_but(forked, &kept);
    }

    /// Sleeps until a frame arrives, the test sends a message, or a frame is due.
    fn wait(&self) -> Ready {
        let mut fds = [
            PollFd::new(self.packets.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.control.as_fd(), PollFlags::POLLIN),
        ];
        let until_due = self.queue.next_due().map(|due| due.saturating_sub(now()));
        let time = until_due.map(|time| TimeSpec::from_duration(Duration::from_nanos(time)));
        let _timeout_or_interrupted = ppoll(&mut fds, time, None);
        Ready {
            packets: fds[0].any().unwrap_or(false),
            control: fds[1].any().unwrap_or(false),
        }
    }

    /// Carries out the test's messages. Returns `false` if the wire has to end, or the test has
    /// exited.
    fn obey(&mut self) -> bool {
        let length = match socket::receive(self.control.as_fd(), &mut self.message) {
            Ok((0, _)) | Err(_) => 0,
            Ok((length, _)) => length,
        };
        if length == 0 {
            self.flush_capture();
            self.last_words.print(self.counts);
            return false;
        }
        // The message does not apply to frames sent before it.
        self.receive();
        self.deliver_due();
        let received = message::decode(&self.message[..length], &mut self.blocks);
        match received {
            message::Received::Sync => {}
            message::Received::Blocked => self.release(),
            message::Received::Set(port, settings) => self.directions[port].set(settings),
            message::Received::DropNext(port, count) => {
                let left = &mut self.directions[port].drop_next;
                *left = left.saturating_add(count);
            }
            message::Received::Text => self.last_words.set(&self.message[1..length]),
            message::Received::End => self.flush_capture(),
            message::Received::Corrupt => process::exit_now(FAILED),
        }
        let _ = socket::send(self.control.as_fd(), message::ACKNOWLEDGED, &[]);
        received != message::Received::End
    }

    /// Forwards, in their order, the frames that are no longer held.
    fn release(&mut self) {
        for at in 0..self.queue.take_held() {
            let held = self.queue.taken(at);
            let Held { slot, to } = held;
            let from = self.pool.frame(slot).port;
            match self
                .ways
                .passage(&self.blocks, from, to, self.pool.bytes(slot))
            {
                Passage::Held => self.queue.hold(held),
                Passage::Free => self.leaving.push((slot, to)),
                Passage::Cut => {
                    self.count(slot, Count::Cut);
                    self.give_back(slot);
                }
            }
            if self.leaving.len() >= BATCH {
                self.send_leaving();
            }
        }
        self.send_leaving();
    }

    fn flush_capture(&mut self) {
        if let Some(capture) = &mut self.capture {
            capture.flush();
        }
    }
}

/// The result of [`Wire::wait`].
struct Ready {
    packets: bool,
    control: bool,
}
