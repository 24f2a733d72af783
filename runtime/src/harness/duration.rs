//! A span of time in a variable, spelled as in the attribute: `5s`, `1m30s`.

use std::time::Duration;

/// Numbers with the units `ms`, `s`, `m`, `h` and `d`, one behind the other.
pub(super) fn parse(text: &str) -> Result<Duration, &'static str> {
    const FORM: &str = "a time looks like `5s`, `500ms` or `1m30s`";
    let mut rest = text;
    let mut sum = Duration::ZERO;
    while !rest.is_empty() {
        let (number, behind) = split(rest, |letter| letter.is_ascii_digit());
        let (unit, behind) = split(behind, |letter| letter.is_ascii_alphabetic());
        let number: u64 = number.parse().map_err(|_wrong| FORM)?;
        let millis = match unit {
            "ms" => Some(1),
            "s" => Some(1000),
            "m" => Some(60_000),
            "h" => Some(3_600_000),
            "d" => Some(86_400_000),
            _ => None,
        };
        let part = millis
            .and_then(|millis| number.checked_mul(millis))
            .ok_or(FORM)?;
        sum = sum.checked_add(Duration::from_millis(part)).ok_or(FORM)?;
        rest = behind;
    }
    if sum.is_zero() { Err(FORM) } else { Ok(sum) }
}

fn split(text: &str, is_of_it: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|letter| !is_of_it(letter)).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_its_parts() {
        assert_eq!(parse("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse("500ms"), Ok(Duration::from_millis(500)));
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for text in [
            "",
            "5",
            "s",
            "5 s",
            "0s",
            "-5s",
            "5x",
            "99999999999999999999s",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
