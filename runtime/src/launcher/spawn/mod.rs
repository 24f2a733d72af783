//! The two ways in which a launcher makes init: in its own memory, or with a copy of it.

pub(super) mod clone;
pub(super) mod vfork;
