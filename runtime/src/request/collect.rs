//! The table of annotated functions in this binary. The linker builds it, so there is no list to
//! maintain.

use super::case::Case;
use crate::sys::section;

pub use crate::sys::section::Record;

/// Returns every function with this version's attribute, from every module, in no particular order.
pub(crate) fn cases() -> impl Iterator<Item = &'static Case> {
    section::records()
        .iter()
        .filter_map(|record| record.downcast_ref())
}

/// Returns the number of functions with the attribute of another version of this crate.
pub(crate) fn of_other_versions() -> usize {
    section::records().len() - cases().count()
}
