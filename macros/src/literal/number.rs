//! Numbers without a unit.

use syn::LitInt;

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

#[cfg(test)]
mod tests {
    use super::mode;

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
