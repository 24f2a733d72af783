//! The two ways in which a launcher makes init: in its own memory (`vfork.rs`), or with a copy of
//! that memory (`clone.rs`).
//!
//! # Init in the launcher's memory
//!
//! *What.* One `clone(2)` with `CLONE_VM | CLONE_VFORK` and all namespace flags. Init runs in the
//! launcher's memory, on the free part of the launching thread's stack, while the launcher sleeps.
//! Init makes the body with libc's `fork`, which is the only copy of that memory.
//!
//! *Why.* A copy costs page tables, page faults on both sides, and the removal of the copy.
//! Avoiding it saves a sixth of a test's processor time or more: docs/performance.md.
//!
//! *Why it is sound.* No other thread or process runs in that memory: the launcher is
//! single-threaded and asleep, and its signals are blocked. Init neither allocates nor takes a
//! lock, the same rule as in the child of a threaded process.
//!
//! *What could go wrong.*
//! - The launcher sleeps until init has ended, and has a copy of the output pipe's write end. It
//!   closes that copy as soon as the kernel wakes it, which is before the kernel removes init's
//!   namespaces.
//! - The kernel drops libc's registration of restartable sequences. `sys/rseq.rs` registers them
//!   again.
//! - An init that is killed inside libc's `fork` leaves libc's locks held. The launcher detects
//!   that and exits; otherwise it would hang in its next `malloc`. The fork server makes another
//!   launcher.
//! - The kernel's out-of-memory killer kills every process that shares the victim's memory. A test
//!   with a cgroup of its own therefore has a copied init.
//!
//! *When not.* Init has a copy in these cases:
//! - A process outside writes the id maps.
//! - The test has a cgroup of its own.
//! - The program is a static glibc program.
//! - The processor is neither x86-64 nor AArch64.
//! - The kernel refuses.
//!
//! `NS_TEST_WITHOUT=shared-init` switches it off.
//!
//! # The pinned processor
//!
//! *What.* Launcher and init stay on the processor on which the launcher received the request
//! (`sandbox/affinity.rs`). The body gets the harness's set of processors back.
//!
//! *Why.* The two run in turn, in one memory. A fork interrupts every processor on which that
//! memory was used, and waits for each. On a busy machine that takes longer than the rest of the
//! test. Without pinning, a test takes two to three times as long there, and a sixth more processor
//! time. On an idle machine pinning saves nothing (docs/performance.md).
//!
//! *What could go wrong.* A launcher that cannot restore its set stays on one processor, and is
//! slower. `NS_TEST_WITHOUT=pinned-cpu` switches it off.

mod clone;
mod context;
mod make_init;
mod vfork;

pub(super) use context::{InitContext, SpawnRequest};
pub(super) use make_init::make_init;
