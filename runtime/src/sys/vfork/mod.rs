//! A child in the caller's own memory, while the caller sleeps: `clone(2)` with `CLONE_VM` and
//! `CLONE_VFORK`.
//!
//! Most of the cost of a fork is the copy of the page tables, the faults on pages written
//! afterwards, and the destruction of the copy. A process that only makes another one needs none of
//! that.
//!
//! Such a child exists only on x86-64 and AArch64, and not with `--cfg ns_test_no_vfork`, with
//! which the tests cover the other path. [`Vfork::check`] is `None` then.

#[cfg_attr(
    any(
        not(any(target_arch = "x86_64", target_arch = "aarch64")),
        not(target_pointer_width = "64"),
        ns_test_no_vfork
    ),
    path = "unavailable.rs"
)]
mod call;

pub(crate) use call::Vfork;
