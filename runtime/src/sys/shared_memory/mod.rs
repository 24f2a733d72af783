//! Memory that processes share: `mmap(2)` with `MAP_SHARED`.

mod counters;
mod words;

pub(crate) use counters::Counters;
pub(crate) use words::{Pages, PrivateWord, WORDS, Words, file, of_file, shared};
