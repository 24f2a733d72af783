//! A crate whose tests have other attributes next to ours.
