//! Expands the function to a call of the runtime's macro `__annotated_test`, which writes the items
//! of a test: runtime/src/request/expansion.rs.
//!
//! All names are absolute because users shadow `core`, `std`, `Some` and `Result`.

mod body;
mod crate_path;
mod entry;
mod options;
mod postponed;
mod prepared;
mod record;
mod spec;
mod test;

pub(crate) use postponed::postpone;
pub(crate) use test::expand;
