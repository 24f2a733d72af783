//! The newest releases of crates with test attributes.
