//! The protocol between a test and a supervisor: fixed-size messages over a `SOCK_SEQPACKET` pair.
//!
//! Encoding allocates nothing: the supervisor is a clone of a process that may have threads.

mod reply;
mod request;
mod state;

pub(super) use reply::{CHANGED, LONGEST, Outcome, REPLY, StartStep, decode_reply, encode_reply};
pub(super) use request::Request;
pub(super) use state::{MOST_TEXTS, State};
