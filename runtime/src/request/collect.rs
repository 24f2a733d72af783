//! The table of annotated functions in this binary, which the linker makes: nobody keeps a list.

use super::case::Case;
use crate::sys::section;

pub use crate::sys::section::Record;

/// Returns every function that carries this version's attribute, from every module, in no order.
pub(crate) fn cases() -> impl Iterator<Item = &'static Case> {
    section::records()
        .iter()
        .filter_map(|record| record.downcast_ref())
}

/// Returns how many functions carry the attribute of another version of this crate.
pub(crate) fn of_other_versions() -> usize {
    section::records().len() - cases().count()
}
