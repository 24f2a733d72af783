//! The crate is empty: only its tests matter.
