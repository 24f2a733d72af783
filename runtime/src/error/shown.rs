//! Paths and other texts of the system in messages.

use std::ffi::OsStr;
use std::fmt::{self, Write as _};
use std::os::unix::ffi::OsStrExt;

/// Displays a text that need not be UTF-8 so that a message stays readable and loses nothing:
/// other bytes are `\xFF`, and control characters are escaped. `Path::display` shows all of them
/// as one replacement character.
pub(crate) struct Shown<'t>(&'t [u8]);

impl<'t> Shown<'t> {
    pub(crate) fn new<T: AsRef<OsStr> + ?Sized>(text: &'t T) -> Self {
        Self(text.as_ref().as_bytes())
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for letter in chunk.valid().chars() {
                if letter.is_control() {
                    write!(out, "{}", letter.escape_debug())?;
                } else {
                    out.write_char(letter)?;
                }
            }
            for byte in chunk.invalid() {
                write!(out, "\\x{byte:02X}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_escaped() {
        for (bytes, expected) in [
            (&b"/srv/data"[..], "/srv/data"),
            ("/srv/möbel".as_bytes(), "/srv/möbel"),
            (b"/srv/m\xf6bel", "/srv/m\\xF6bel"),
            (b"/srv/\xff\xfe", "/srv/\\xFF\\xFE"),
            (b"/srv/a\nb\x1b[1m", "/srv/a\\nb\\u{1b}[1m"),
            (b"/srv/a\0b", "/srv/a\\0b"),
            (b"", ""),
        ] {
            assert_eq!(Shown::new(OsStr::from_bytes(bytes)).to_string(), expected);
        }
    }
}
