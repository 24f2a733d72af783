//! The table of annotated functions in this binary, which the linker makes: nobody keeps a list.

use super::case::Case;
use crate::sys::section;

/// Every function that carries the attribute, from every module, in no order.
pub(crate) fn cases() -> &'static [&'static Case] {
    section::records()
}
