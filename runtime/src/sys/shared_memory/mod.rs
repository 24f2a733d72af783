//! Memory that processes share: `mmap(2)` with `MAP_SHARED`.

#[cfg(feature = "network")]
mod counters;
mod words;

#[cfg(feature = "network")]
pub(crate) use counters::Counters;
pub(crate) use words::{Pages, PrivateWord, WORDS, Words, file, of_file, shared};
