//! Memory that processes share: `mmap(2)` with `MAP_SHARED`.

mod values;
mod words;

pub(crate) use values::share;
pub(crate) use words::{PrivateWord, WORDS, file, of_file, shared};
