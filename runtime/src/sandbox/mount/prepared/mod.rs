//! Prepared directories: filled once by functions of the user, and shown to each test as a copy-on-write view.
//!
//! # The way of a prepared directory
//!
//! 1. A worker of the harness computes the [`key`](key::Key) of each layer that its test asks for: what the layer depends on.
//! 2. If the [`store`] has a sealed tree under that key, the worker takes a shared lock on it for the rest of the process.
//! 3. Else it takes the key's lock, looks again, and has its launcher run the preparation: the same request, sandbox and
//!    report as for the test, with another [`Task`]. The tree is a *draft* then: a directory of a temporary name, bound to
//!    the target. A layer on top of others is the upper directory of an overlay over them.
//! 4. In the body, when the function has returned, [`scan`] removes sockets and measures the tree. The harness writes the seal,
//!    renames the draft, and lets the key's link point to it: the one step that makes it valid.
//! 5. The test's own request names the trees and, in order of preference, where changes may go ([`Changes`]). Init
//!    mounts an overlay; where the kernel refuses all of them, the body copies the trees before the test begins.
//!
//! # What holds
//!
//! - *Crash safety.* What is not sealed is invisible. Whoever next takes the key's lock removes drafts. The kernel gives
//!   locks back.
//! - *No deadlock.* A process waits for a key's lock while it holds shared locks on trees only. Nothing ever waits for those:
//!   they only keep a tree from being removed.
//! - *Nothing remains.* A test's changes on disk lie in a directory per process with a lock of its own ([`live`]); the next run
//!   removes those whose process is gone. A used work directory holds one of mode 000, so modes are changed first.
//! - *Truth.* A tree is not used if a file in it has changed since it was sealed (its ctime), if it belongs to another
//!   user, or if others may write to its directory.
//!
//! Why not in memory, or as an archive? A lower layer costs nothing until it is read, whatever its size, and the page cache
//! shares it between all tests.

mod copy_tree;
pub(crate) mod key;
pub(crate) mod live;
mod mounted;
mod placing;
mod remove_tree;
mod scan;
mod seal;
pub(crate) mod store;
mod task;

pub(crate) use copy_tree::copy_tree;
pub(super) use mounted::{PlannedChanges, PreparedMount};
pub(crate) use placing::{Media, Medium};
pub(crate) use remove_tree::remove_tree;
pub(crate) use scan::{Scanned, scan};
pub(crate) use seal::Seal;
pub(crate) use task::{Changes, Task, View};
