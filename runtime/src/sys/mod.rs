//! The kernel's interface: all unsafe blocks and raw calls of the crate, and the formats of /proc.
//!
//! Each function wraps one call of manual section 2 or 3, or a few that only make sense together,
//! and returns the kernel's [`Errno`]. Nothing here depends on what a test is. Unless its
//! documentation says otherwise, a function does not allocate and takes no lock, so that the child
//! of a threaded process may call it (`signal-safety(7)`).

#![expect(
    unsafe_code,
    reason = "this is the one place for it; every block argues why it is sound"
)]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    reason = "one kernel type goes under several names: a flag is an int here and a long there"
)]

pub(crate) mod directory;
pub(crate) mod env;
mod errno;
#[cfg(feature = "network")]
pub(crate) mod ethtool;
pub(crate) mod fd;
pub(crate) mod file;
pub(crate) mod fork_mark;
pub(crate) mod ids;
pub(crate) mod keyring;
pub(crate) mod lock;
pub(crate) mod lsan;
mod mmap;
pub(crate) mod mount;
pub(crate) mod netdevice;
pub(crate) mod netlink;
pub(crate) mod packet;
pub(crate) mod process;
pub(crate) mod procfs;
pub(crate) mod seccomp;
pub(crate) mod section;
pub(crate) mod shared_memory;
pub(crate) mod signal;
pub(crate) mod socket;
pub(crate) mod sort;
mod syscall;
mod text;
pub(crate) mod thread;
pub(crate) mod uts;
pub(crate) mod vfork;

pub use errno::Errno;
pub(crate) use text::{Text, c_string};
