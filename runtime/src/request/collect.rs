//! The table of annotated functions in this binary. The linker builds it, so there is no list to
//! maintain.

use super::case::Case;
use crate::sys::section;

pub use crate::sys::section::Record;

/// The annotated functions of a binary, from every module, in no particular order.
pub(crate) struct Cases {
    /// The functions with this version's attribute.
    pub(crate) own: Vec<&'static Case>,
    /// The number of functions with the attribute of another version of this crate.
    pub(crate) of_other_versions: usize,
}

/// Reads the table.
pub(crate) fn cases() -> Cases {
    let records = section::records();
    let mut own = Vec::with_capacity(records.len());
    for record in records {
        if let Some(case) = record.downcast_ref::<Case>() {
            own.push(case);
        }
    }
    Cases {
        of_other_versions: records.len() - own.len(),
        own,
    }
}
