//! A crate whose tests have other attributes beside ours.
