//! Building a network. [`network`] has the ordered list of steps.
//!
//! Everything is created at its final place, in as few messages as possible, and nothing is deleted
//! at the end. Moving or deleting an interface waits for a grace period of the kernel (15 ms). A
//! bridge waits for one under the lock that all others need.

mod hosts;
mod links;
mod namespace;
mod network;
mod offload;
mod ready;
mod request;
