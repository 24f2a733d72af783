//! Text of the kernel and for the kernel, without allocation where that is said: formats of /proc,
//! names of errors and signals, short texts on the stack.

mod errno_names;
pub(crate) mod procfs;
mod short_text;
mod signal_names;

pub(crate) use short_text::{FdPath, Text};
pub(crate) use signal_names::describe;
