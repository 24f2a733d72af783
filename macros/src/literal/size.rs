//! Sizes in bytes.

use super::unit::number_and_unit;

/// Parses a size in bytes, which is never zero: `"16MiB"`, `"512"`.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    const EXAMPLE: &str = "expected a number and a unit, as in `16MiB`";
    let (number, unit) = number_and_unit(text);
    if number.is_empty() {
        return Err(EXAMPLE.into());
    }
    let shift = match unit {
        "" => 0,
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        "TiB" => 40,
        _ => return Err(unknown_size(number, unit)),
    };
    let bytes = number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(1 << shift));
    match bytes {
        Some(0) => Err("expected a size above zero".into()),
        Some(bytes) => Ok(bytes),
        None => Err("expected a size below 2^64 bytes".into()),
    }
}

fn unknown_size(number: &str, unit: &str) -> String {
    let meant = match unit.trim().chars().next().map(|c| c.to_ascii_uppercase()) {
        Some('.') => {
            return "fractions are not allowed: use a smaller unit, as in `1536MiB`".into();
        }
        Some('B') => return format!("bytes have no unit: write `{number}`"),
        Some(prefix @ ('K' | 'M' | 'G' | 'T')) => format!("{prefix}iB"),
        _ => return format!("unknown unit `{unit}`; the units are `KiB`, `MiB`, `GiB`, `TiB`"),
    };
    format!("unknown unit `{unit}`; did you mean `{number}{meant}`?")
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_count_in_powers_of_two() {
        assert_eq!(size("512"), Ok(512));
        assert_eq!(size("64KiB"), Ok(64 << 10));
        assert_eq!(size("16MiB"), Ok(16 << 20));
        assert_eq!(size("1GiB"), Ok(1 << 30));
        for wrong in [
            "",
            "MiB",
            "0",
            "0MiB",
            "1MB",
            "1k",
            "1.5GiB",
            "-1",
            "16777216TiB",
            "1 MiB",
        ] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
