//! Prepared directories: the user's functions fill them once, and each test has a copy-on-write
//! view of them.
//!
//! # Life cycle
//!
//! 1. A worker of the harness computes the [`key`](key::Key) of each layer that its test requests,
//!    from the inputs of the layer.
//! 2. If the [`store`] has a sealed tree under that key, the worker takes a shared lock on it for
//!    the rest of the process.
//! 3. Else it takes the key's lock, checks again, and its launcher runs the preparation. That uses
//!    the same request, sandbox and report as the test, with another [`Task`]. The tree is then a
//!    *draft*: a directory with a temporary name, bound to the target. A layer on top of others is
//!    the upper directory of an overlay over them.
//! 4. In the body, when the function has returned, [`scan()`] removes sockets and measures the
//!    tree. The harness writes the seal, renames the draft, and makes the key's link point to it.
//!    This one step makes the tree valid.
//! 5. The test's own request lists the trees and, in order of preference, the places for changes
//!    ([`Changes`]). Init mounts an overlay. If the kernel refuses all of them, the body copies the
//!    trees before the test begins.
//!
//! # Guarantees
//!
//! - *Crash safety.* An unsealed tree is invisible. The next process that takes the key's lock
//!   removes drafts. The kernel releases the locks of dead processes.
//! - *No deadlock.* A process waits for a key's lock while it holds only shared locks on trees. No
//!   process ever waits for those: they only prevent the removal of a tree.
//! - *Nothing remains.* A test's changes on disk are in a directory per process with its own lock
//!   ([`live`]). The next run removes those of dead processes. A used work directory contains one
//!   of mode 000, so modes are changed first.
//! - *Validity.* A tree is unusable if a file in it has changed since it was sealed (its ctime). It
//!   is also unusable if it belongs to another user, or if others may write to its directory.
//!
//! Trees are neither kept in memory nor stored as archives. As a lower layer, a tree costs nothing
//! until a test reads it, whatever its size, and all tests share it in the page cache.

mod copy_tree;
mod digest;
mod files;
pub(crate) mod key;
pub(crate) mod live;
mod mounted;
mod placing;
mod remove_tree;
mod scan;
mod seal;
pub(crate) mod slot;
pub(crate) mod store;
mod task;

pub(crate) use copy_tree::copy_tree;
pub(super) use mounted::{PlannedChanges, PreparedMount};
pub(crate) use placing::{Media, Medium};
pub(crate) use remove_tree::remove_tree;
pub(crate) use scan::{Scanned, scan};
pub(crate) use seal::Seal;
pub(crate) use task::{Changes, Task, View};
