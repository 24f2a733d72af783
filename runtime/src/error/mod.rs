//! Errors while a sandbox is made: the step, the call, the errno and the path are all typed.

mod classification;
mod errno_names;
#[cfg(test)]
mod errnos_of_steps;
mod overlay_rules;
mod remedy;
mod setup_error;
mod shown;
mod step;

pub(crate) use setup_error::{At, Failure, Subject};
pub use setup_error::{Errno, SetupError};
pub(crate) use shown::Shown;
pub use step::{Call, Step};
