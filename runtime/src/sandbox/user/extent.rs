//! Lines of an id map, in the format of `user_namespaces(7)`.

use crate::request::spec::Range;

/// A line of a map, as numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) inner: u32,
    pub(super) outer: u32,
    pub(super) count: u32,
}

impl Extent {
    pub(super) fn of(range: &Range, caller: u32) -> Self {
        Self {
            inner: range.inner,
            outer: range.outer.unwrap_or(caller),
            count: range.count,
        }
    }
}
