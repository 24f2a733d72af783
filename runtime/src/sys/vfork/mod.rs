//! A child in the caller's own memory, while the caller sleeps: `clone(2)` with `CLONE_VM` and `CLONE_VFORK`.
//!
//! Most of what a fork costs is the copy of the page tables, the faults on the pages that are written afterwards, and
//! the end of the copy. A process that only makes another one needs none of that.
//!
//! There is no such child on other processors than x86-64 and AArch64, nor with `--cfg ns_test_no_vfork`, which is how the tests run
//! without it on these two: [`Vfork::check`] is `None` then.

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
