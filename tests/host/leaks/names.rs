//! The names that both sides use for the objects of a stage.

/// Returns the key of System V objects, whose names are numbers: the check's process id, in a range
/// of its own.
pub(crate) fn key(word: &str) -> i32 {
    const OURS: i32 = 0x4e00_0000;
    OURS + number(word)
}

/// Returns the name of an interface: at most 15 bytes.
pub(crate) fn interface(word: &str) -> String {
    format!("nst{}", number(word))
}

pub(crate) fn posix(word: &str) -> String {
    format!("/{word}")
}

fn number(word: &str) -> i32 {
    let number = word
        .rsplit('-')
        .next()
        .and_then(|number| number.parse().ok());
    number.expect("a stage's word ends with a process id")
}
