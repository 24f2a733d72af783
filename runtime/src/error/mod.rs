//! What went wrong while a sandbox was made, typed to the last: the step, the call, the errno, the path.

mod overlay_rules;
mod setup_error;
mod step;

pub(crate) use setup_error::{At, Failure, Subject};
pub use setup_error::{Errno, SetupError};
pub use step::{Call, Step};
