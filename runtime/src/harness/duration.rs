//! Durations in variables, written as in the attribute: `5s`, `1m30s`. `tests/meta/literals`
//! compares the two parsers.

use std::time::Duration;

/// The units in milliseconds, the largest first.
const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Parses numbers with units, the largest unit first, each unit at most once.
pub(super) fn parse(text: &str) -> Result<Duration, &'static str> {
    const FORM: &str = "a time looks like `5s`, `500ms` or `1m30s`";
    let (mut rest, mut units) = (text, UNITS.as_slice());
    let mut sum: u64 = 0;
    while !rest.is_empty() {
        let (number, after) = split(rest, |letter| letter.is_ascii_digit());
        let (unit, after) = split(after, |letter| letter.is_ascii_alphabetic());
        let number: u64 = number.parse().map_err(|_wrong| FORM)?;
        let place = units.iter().position(|(name, _)| *name == unit);
        let place = place.ok_or(FORM)?;
        let part = number.checked_mul(units[place].1).ok_or(FORM)?;
        sum = sum.checked_add(part).ok_or(FORM)?;
        (rest, units) = (after, &units[place + 1..]);
    }
    match sum {
        0 => Err(FORM),
        milliseconds => Ok(Duration::from_millis(milliseconds)),
    }
}

fn split(text: &str, is_of_it: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|letter| !is_of_it(letter)).unwrap_or(text.len()))
}
