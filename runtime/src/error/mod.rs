//! What went wrong while a sandbox was made, typed to the last: the step, the call, the errno, the path.

mod setup_error;
mod words;

pub(crate) use setup_error::{At, Failure, Subject};
pub use setup_error::{Errno, SetupError};
pub use words::{Call, Step};
