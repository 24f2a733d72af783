//! The wire: the process that moves the packets of all links that are not direct.
//!
//! It is a child of the test's process, in its own network namespace (the hub), which contains the
//! other end of each host's interface. One packet socket receives the frames of all of them. The
//! seed, the link, the direction and the frame's number in it determine the fate of a frame
//! ([`dice`]). It waits in a [`queue`] until its time has come.
//!
//! The test may have threads, and the wire is cloned from it without the C library's knowledge. So
//! it allocates nothing and takes no lock: all memory that it will need is allocated before
//! ([`Wire::new`](state::Wire::new)).
//!
//! The test's side ([`handle`]) sends it messages ([`message`]) over a socket pair. The wire
//! acknowledges each message once it has taken effect. The test reads the wire's [`counter`]s in
//! shared memory.

mod arrival;
mod capture;
mod checksum;
mod clock;
mod counter;
mod departure;
mod dice;
mod fate;
mod frame;
mod handle;
mod last_words;
mod message;
mod pool;
mod process;
mod queue;
mod received;
mod settings;
mod state;
mod switch;

pub(super) use counter::{Count, Counts};
pub(super) use handle::{Ended, Handle, open_socket};
pub(super) use message::{Blocks, CUT_IN, CUT_OUT, HOLD_IN, HOLD_OUT, Message};
pub(super) use settings::Settings;
pub(super) use state::FIRST_HUB_INDEX;
