//! Durations, unsigned and signed.

use std::time::Duration;

use super::unit::number_and_unit;
use crate::model::Offset;

/// Parses a duration, which is never zero: `"5s"`, `"1m30s"`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    if let Some(span) = text.strip_prefix(['+', '-']) {
        return Err(format!("a duration must not have a sign: write `{span}`"));
    }
    match span(text)? {
        Duration::ZERO => Err("expected a duration above zero".into()),
        duration => Ok(duration),
    }
}

/// Parses a signed duration: `"+1d"`, `"-90s"`.
pub(crate) fn offset(text: &str) -> Result<Offset, String> {
    // KTIME_SEC_MAX / 2, the kernel's limit.
    const LONGEST: Duration = Duration::from_secs(4_611_686_018);
    let Some(span) = text.strip_prefix(['+', '-']) else {
        return Err(format!(
            "an offset needs a sign: write `+{text}` or `-{text}`"
        ));
    };
    let span = self::span(span)?;
    let seconds = i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
    match (text.starts_with('-'), span.subsec_nanos()) {
        _ if span > LONGEST => Err("an offset is at most 146 years, the kernel's limit".into()),
        (false, nanoseconds) => Ok(Offset {
            seconds,
            nanoseconds,
        }),
        (true, 0) => Ok(Offset {
            seconds: -seconds,
            nanoseconds: 0,
        }),
        (true, nanoseconds) => Ok(Offset {
            seconds: -seconds - 1,
            nanoseconds: 1_000_000_000 - nanoseconds,
        }),
    }
}

const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

fn span(text: &str) -> Result<Duration, String> {
    milliseconds(text, &UNITS).map(Duration::from_millis)
}

/// Parses the rest of a duration. `units` are those finer than the unit before `text`.
fn milliseconds(text: &str, units: &[(&str, u64)]) -> Result<u64, String> {
    let (number, after) = number_and_unit(text);
    let end = after.find(|c: char| c.is_ascii_digit());
    let (unit, rest) = after.split_at(end.unwrap_or(after.len()));
    if number.is_empty() {
        return Err("expected a number and a unit, as in `5s`".into());
    }
    let Some(place) = units.iter().position(|(name, _)| *name == unit) else {
        return Err(match UNITS.iter().any(|(name, _)| *name == unit) {
            true => "write the units from largest to smallest, each once, as in `1m30s`".into(),
            false => unknown_unit(number, unit),
        });
    };
    let rest = match rest {
        "" => 0,
        rest => milliseconds(rest, &units[place + 1..])?,
    };
    let number: Option<u64> = number.parse().ok();
    number
        .and_then(|number| number.checked_mul(units[place].1)?.checked_add(rest))
        .ok_or_else(|| "expected a duration below 2^64 milliseconds".into())
}

fn unknown_unit(number: &str, unit: &str) -> String {
    let meant = match unit.trim() {
        "" => {
            return format!(
                "`{number}` has no unit: write `{number}s` or another of `ms`, `s`, `m`, `h`, `d`"
            );
        }
        fraction if fraction.starts_with('.') => {
            return "fractions are not allowed: use a smaller unit, as in `1500ms`".into();
        }
        unit if unit.starts_with("ms") || unit.starts_with("milli") => "ms",
        unit if unit.starts_with(['s', 'S']) => "s",
        unit if unit.starts_with(['m', 'M']) => "m",
        unit if unit.starts_with(['h', 'H']) => "h",
        unit if unit.starts_with(['d', 'D']) => "d",
        _ => return format!("unknown unit `{unit}`; the units are `ms`, `s`, `m`, `h`, `d`"),
    };
    format!("unknown unit `{unit}`; did you mean `{number}{meant}`?")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{duration, offset};
    use crate::model::Offset;

    const fn at(seconds: i64, nanoseconds: u32) -> Offset {
        Offset {
            seconds,
            nanoseconds,
        }
    }

    #[test]
    fn durations_have_units_from_coarse_to_fine() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("5s"), Ok(Duration::from_secs(5)));
        assert_eq!(duration("1d12h"), Ok(Duration::from_secs(36 * 3600)));
        assert_eq!(duration("1m30s5ms"), Ok(Duration::from_millis(90_005)));
        let wrong = [
            "", "s", "5", "0s", "5 s", "1.5s", "5S", "+5s", "-5s", "1s1m", "1s1s", "5s,",
        ];
        for wrong in wrong {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn offsets_have_a_sign_and_count_nanoseconds_forwards() {
        assert_eq!(offset("+1d"), Ok(at(86_400, 0)));
        assert_eq!(offset("-90s"), Ok(at(-90, 0)));
        assert_eq!(offset("-500ms"), Ok(at(-1, 500_000_000)));
        assert_eq!(offset("-1s500ms"), Ok(at(-2, 500_000_000)));
        assert_eq!(offset("+0s"), Ok(at(0, 0)));
        for wrong in ["", "+", "1d", "--1d", "+53376d"] {
            assert!(offset(wrong).is_err(), "{wrong}");
        }
    }
}
