//! Reads blanks, words and literals of Rust source text.
//!
//! Cargo builds this crate without optimization, and each build of a target reads all its sources.
//! So the loops over blanks, words, block comments and strings compare bytes. They call functions
//! only at `/`, at escapes, in raw strings, and outside ASCII.

use super::tokens::Token;

/// A text, and the position up to which it is read.
pub(super) struct Reader<'a> {
    text: &'a str,
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    pub(super) line: u32,
    /// Whether it skips blocks without anything to find.
    pub(super) skims: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, at: usize, line: u32, skims: bool) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at,
            line,
            skims,
        }
    }

    pub(super) fn string(&mut self) -> Option<Token<'a>> {
        self.at += 1;
        let start = self.at;
        while self.at < self.bytes.len() {
            match self.bytes[self.at] {
                b'"' => {
                    self.at += 1;
                    return Some(Token::Text(&self.text[start..self.at - 1]));
                }
                b'\\' => {
                    self.at += 1;
                    self.bump()?;
                }
                b'\n' => {
                    self.line += 1;
                    self.at += 1;
                }
                _ => self.at += 1,
            }
        }
        None
    }

    pub(super) fn raw_string(&mut self, hashes: usize, is_text: bool) -> Option<Token<'a>> {
        self.at += hashes + 1;
        let end = format!("\"{}", "#".repeat(hashes));
        let length = self.rest().find(&end)?;
        let text = &self.rest()[..length];
        self.skip(length + end.len());
        Some(if is_text {
            Token::Text(text)
        } else {
            Token::Other
        })
    }

    /// Parses a character or a lifetime: `'a'`, `'\n'`, `'a`.
    pub(super) fn quote(&mut self) -> Option<Token<'a>> {
        self.at += 1;
        let mut ahead = self.rest().chars();
        let (first, second) = (ahead.next()?, ahead.next());
        if first == '\\' {
            self.bump();
            self.bump();
            let length = self.rest().find(['\'', '\n'])?;
            self.at += length;
            self.bump();
        } else if second == Some('\'') {
            self.bump();
            self.bump();
        } else {
            self.word();
        }
        Some(Token::Other)
    }

    /// Skips white space and comments. `None`: a comment is not closed.
    pub(super) fn skip_blanks(&mut self) -> Option<()> {
        while self.at < self.bytes.len() {
            match self.bytes[self.at] {
                b'\n' => {
                    self.line += 1;
                    self.at += 1;
                }
                b' ' | b'\t' | b'\r' | b'\x0b' | b'\x0c' => self.at += 1,
                b'/' if self.rest().starts_with("//") => {
                    let rest = self.rest();
                    self.at += rest.find('\n').unwrap_or(rest.len());
                }
                b'/' if self.rest().starts_with("/*") => self.skip_comment()?,
                0x80.. => match self.peek()? {
                    blank if is_blank(blank) => self.at += blank.len_utf8(),
                    _ => break,
                },
                _ => break,
            }
        }
        Some(())
    }

    /// Takes the letters, digits and underscores that follow, and everything outside ASCII that is
    /// not blank.
    pub(super) fn word(&mut self) -> &'a str {
        let start = self.at;
        while self.at < self.bytes.len() {
            match self.bytes[self.at] {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => self.at += 1,
                0x80.. => match self.peek() {
                    Some(next) if !is_blank(next) => self.at += next.len_utf8(),
                    _ => break,
                },
                _ => break,
            }
        }
        &self.text[start..self.at]
    }

    pub(super) fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        self.line += u32::from(next == '\n');
        Some(next)
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn peek_byte(&self) -> Option<u8> {
        if self.at < self.bytes.len() {
            return Some(self.bytes[self.at]);
        }
        None
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_comment(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        while self.at + 1 < self.bytes.len() {
            match (self.bytes[self.at], self.bytes[self.at + 1]) {
                (b'/', b'*') => {
                    depth += 1;
                    self.at += 2;
                }
                (b'*', b'/') => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return Some(());
                    }
                }
                (b'\n', _) => {
                    self.line += 1;
                    self.at += 1;
                }
                _ => self.at += 1,
            }
        }
        None
    }

    /// Skips this many bytes of the text.
    fn skip(&mut self, bytes: usize) {
        let lines = self.rest()[..bytes].matches('\n').count();
        self.line += u32::try_from(lines).unwrap_or(0);
        self.at += bytes;
    }
}

/// Returns whether this character, which is not ASCII, is white space in Rust.
fn is_blank(blank: char) -> bool {
    matches!(
        blank,
        '\u{85}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}'
    )
}
