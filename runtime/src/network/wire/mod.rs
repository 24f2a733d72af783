//! The wire: the process that moves the packets of all links that are not direct.
//!
//! It is a child of the test's process, in a network namespace of its own (the hub), where each
//! interface of a host has its other end. One packet socket has what arrives at any of them. What
//! becomes of a frame is a function of the seed, the link, the direction and the frame's number in
//! it ([`dice`]); it waits in a [`queue`] until its time has come.
//!
//! The test may have threads, so that the wire, which is cloned from it without the C library's
//! knowledge, allocates nothing and takes no lock: all memory that it will ever need is there
//! before ([`Wire::new`](process::Wire::new)).
//!
//! The test's side ([`handle`]) speaks to it by messages ([`message`]) over a socket pair, each of
//! which it acknowledges when what it says holds, and reads its [`counter`]s in shared memory.

mod capture;
mod checksum;
mod counter;
mod dice;
mod fate;
mod frame;
mod handle;
mod last_words;
mod message;
mod pool;
mod process;
mod queue;
mod switch;

pub(super) use counter::{Count, Counts};
pub(super) use fate::Settings;
pub(super) use handle::{Ended, Handle, open_socket};
pub(super) use message::{Blocks, CUT_IN, CUT_OUT, HOLD_IN, HOLD_OUT, Message};
pub(super) use process::FIRST_HUB_INDEX;
