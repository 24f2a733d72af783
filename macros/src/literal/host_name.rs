//! Host names and NIS domain names.

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

#[cfg(test)]
mod tests {
    use super::host_name;

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
}
