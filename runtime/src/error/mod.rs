//! What went wrong while a sandbox was made, typed to the last: the step, the call, the errno, the path.

mod classification;
mod overlay_rules;
mod remedy;
mod setup_error;
mod step;

pub(crate) use setup_error::{At, Failure, Subject};
pub use setup_error::{Errno, SetupError};
pub use step::{Call, Step};
