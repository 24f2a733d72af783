//! Literals with a unit or a form of their own. A message names the mistake and the right form.

pub(crate) mod duration;
pub(crate) mod ids;
pub(crate) mod path;

use syn::LitInt;

/// Checks the key shared by tests that must not run at the same time.
pub(crate) fn key(text: &str) -> Result<String, String> {
    const MOST: usize = 64;
    match text.len() {
        0 => Err("the key is empty: tests with the same key run one at a time, as in `serial = \"port-80\"`".to_owned()),
        1..=MOST => Ok(text.to_owned()),
        _ => Err(format!("a key has at most {MOST} bytes: shorten it")),
    }
}

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

/// Checks a host name by RFC 1123, within the kernel's length limit.
pub(crate) fn host_name(text: &str) -> Result<String, String> {
    const LONGEST: usize = 64;
    if text.len() > LONGEST {
        return Err(format!(
            "a host name has at most {LONGEST} bytes, and this one has {}: shorten it",
            text.len()
        ));
    }
    if let Some(strange) = text
        .chars()
        .find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '.'))
    {
        return Err(format!(
            "a host name must consist of letters, digits, `-` and `.`, without `{}`",
            strange.escape_debug()
        ));
    }
    if text
        .split('.')
        .any(|label| label.is_empty() || label.starts_with('-') || label.ends_with('-'))
    {
        return Err("each part of a host name must be non-empty, without `-` at its ends".into());
    }
    Ok(text.to_owned())
}

pub(crate) fn count(literal: &LitInt) -> Result<u64, String> {
    match literal.base10_parse() {
        Ok(0) => Err("expected a number above zero".into()),
        Ok(count) => Ok(count),
        Err(_) => Err("expected a number below 2^64".into()),
    }
}

pub(crate) fn mode(literal: &LitInt) -> Result<u32, String> {
    let written = literal.to_string();
    if !written.starts_with("0o") {
        let octal = !written.contains(|digit| !matches!(digit, '0'..='7'));
        let digits = written.trim_start_matches('0');
        let digits = if octal && !digits.is_empty() {
            digits
        } else {
            "755"
        };
        return Err(format!("a mode must be octal: write `0o{digits}`"));
    }
    match literal.base10_parse() {
        Ok(mode) if mode <= 0o7777 => Ok(mode),
        _ => Err("a mode is at most `0o7777`".into()),
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

fn number_and_unit(text: &str) -> (&str, &str) {
    text.split_at(
        text.find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len()),
    )
}

#[cfg(test)]
mod tests {
    use super::{host_name, mode, size};

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

    #[test]
    fn host_names_fit_the_kernel() {
        assert!(host_name("db-1.lab").is_ok());
        assert!(host_name(&"a".repeat(64)).is_ok());
        let long = "a".repeat(65);
        for wrong in [
            "", ".", "a.", "-a", "a-", "a..b", "a_b", "a b", "ä", "a\0", &long,
        ] {
            assert!(host_name(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn modes_are_octal() {
        let mode = |text| mode(&syn::LitInt::new(text, proc_macro2::Span::call_site()));
        assert_eq!(mode("0o1777"), Ok(0o1777));
        assert_eq!(
            mode("755"),
            Err("a mode must be octal: write `0o755`".into())
        );
        assert_eq!(
            mode("0755"),
            Err("a mode must be octal: write `0o755`".into())
        );
        assert!(mode("0o10000").is_err() && mode("0x1ff").is_err());
    }
}
