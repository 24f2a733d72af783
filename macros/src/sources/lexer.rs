//! Reads Rust source text as tokens.
//!
//! `proc_macro` has line numbers only since Rust 1.88. `proc_macro2` has them only in its own
//! lexer, which cannot be used with the compiler's spans.

use super::tokens::{Group, Token, Tree};

/// Parses a whole file. `None` if its brackets or literals are not closed: rustc reports that.
pub(super) fn trees(text: &str) -> Option<Vec<Tree>> {
    let mut reader = Reader {
        text,
        at: shebang(text),
        line: 1,
    };
    let trees = reader.until(None)?;
    Some(trees)
}

fn shebang(text: &str) -> usize {
    match text.starts_with("#!") && !text[2..].trim_start().starts_with('[') {
        true => text.find('\n').unwrap_or(text.len()),
        false => 0,
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    line: u32,
}

impl Reader<'_> {
    /// Parses up to this closing bracket, or up to the end.
    fn until(&mut self, close: Option<char>) -> Option<Vec<Tree>> {
        let mut trees = Vec::new();
        loop {
            self.skip_blanks()?;
            let Some(next) = self.peek() else {
                return close.is_none().then_some(trees);
            };
            if Some(next) == close {
                self.bump();
                return Some(trees);
            }
            let (line, at) = (self.line, self.at);
            let token = self.token(next)?;
            trees.push(Tree { token, line, at });
        }
    }

    fn token(&mut self, next: char) -> Option<Token> {
        match next {
            '(' | '[' | '{' => self.group(next),
            ')' | ']' | '}' => None,
            '"' => self.string(),
            '\'' => self.quote(),
            _ if next.is_ascii_digit() => {
                self.take(|c| c.is_alphanumeric() || c == '_');
                Some(Token::Other)
            }
            _ if next.is_alphabetic() || next == '_' => self.word(),
            _ => {
                self.bump();
                Some(Token::Punct(next))
            }
        }
    }

    fn group(&mut self, open: char) -> Option<Token> {
        let close = match open {
            '(' => ')',
            '[' => ']',
            _ => '}',
        };
        self.bump();
        let start = self.at;
        let trees = self.until(Some(close))?;
        let inside = start..self.at - close.len_utf8();
        Some(Token::Group(Group {
            open,
            trees,
            inside,
        }))
    }

    /// Parses an identifier, or the prefix of a literal: `r"..."`, `br#"..."#`, `c"..."`, `b'x'`,
    /// `r#match`.
    fn word(&mut self) -> Option<Token> {
        let word = self.take(|c| c.is_alphanumeric() || c == '_');
        let raw = matches!(word.as_str(), "r" | "br" | "cr");
        match self.peek() {
            Some('"' | '#') if raw => {
                let hashes = self.rest().bytes().take_while(|byte| *byte == b'#').count();
                if self.rest()[hashes..].starts_with('"') {
                    return self.raw_string(hashes, word == "r");
                }
                if word == "r" {
                    self.bump();
                    return Some(Token::Ident(self.take(|c| c.is_alphanumeric() || c == '_')));
                }
                Some(Token::Ident(word))
            }
            Some('"') if matches!(word.as_str(), "b" | "c") => self.string().map(|_| Token::Other),
            Some('\'') if word == "b" => self.quote(),
            _ => Some(Token::Ident(word)),
        }
    }

    fn string(&mut self) -> Option<Token> {
        self.bump();
        let start = self.at;
        loop {
            match self.bump()? {
                '"' => return Some(Token::Text(self.text[start..self.at - 1].to_owned())),
                '\\' => {
                    self.bump()?;
                }
                _ => {}
            }
        }
    }

    fn raw_string(&mut self, hashes: usize, is_text: bool) -> Option<Token> {
        for _ in 0..=hashes {
            self.bump();
        }
        let end = format!("\"{}", "#".repeat(hashes));
        let length = self.rest().find(&end)?;
        let text = self.rest()[..length].to_owned();
        self.skip(length + end.len());
        Some(if is_text {
            Token::Text(text)
        } else {
            Token::Other
        })
    }

    /// Parses a character or a lifetime: `'a'`, `'\n'`, `'a`.
    fn quote(&mut self) -> Option<Token> {
        self.bump();
        let mut ahead = self.rest().chars();
        let (first, second) = (ahead.next()?, ahead.next());
        if first == '\\' {
            self.bump();
            self.bump();
            self.take(|c| c != '\'' && c != '\n');
            self.bump();
        } else if second == Some('\'') {
            self.bump();
            self.bump();
        } else {
            self.take(|c| c.is_alphanumeric() || c == '_');
        }
        Some(Token::Other)
    }

    /// Skips white space and comments. `None`: a comment is not closed.
    fn skip_blanks(&mut self) -> Option<()> {
        loop {
            let rest = self.rest();
            if rest.starts_with("//") {
                self.take(|c| c != '\n');
            } else if rest.starts_with("/*") {
                self.skip_comment()?;
            } else if rest.starts_with(|c: char| c.is_whitespace() || c == '\u{feff}') {
                self.bump();
            } else {
                return Some(());
            }
        }
    }

    fn skip_comment(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            let rest = self.rest();
            if rest.starts_with("/*") {
                depth += 1;
                self.skip(2);
            } else if rest.starts_with("*/") {
                depth -= 1;
                self.skip(2);
                if depth == 0 {
                    return Some(());
                }
            } else {
                self.bump()?;
            }
        }
    }

    fn take(&mut self, belongs: impl Fn(char) -> bool) -> String {
        let length = self.rest().find(|c| !belongs(c));
        let length = length.unwrap_or(self.rest().len());
        let taken = self.rest()[..length].to_owned();
        self.skip(length);
        taken
    }

    /// Skips this many bytes of the text.
    fn skip(&mut self, bytes: usize) {
        let skipped = &self.rest()[..bytes];
        // Not one character after the other: this crate is not optimized.
        let lines = skipped.matches('\n').count();
        self.line += u32::try_from(lines).unwrap_or(0);
        self.at += bytes;
    }

    fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        self.line += u32::from(next == '\n');
        Some(next)
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }
}

#[cfg(test)]
mod tests {
    use super::{Token, Tree, trees};

    fn shown(trees: &[Tree]) -> String {
        let shown = trees.iter().map(|tree| match &tree.token {
            Token::Ident(name) => name.clone(),
            Token::Punct(punct) => punct.to_string(),
            Token::Text(text) => format!("<{text}>"),
            Token::Other => "_".into(),
            Token::Group(group) => format!("{}{}", group.open, shown(&group.trees)),
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn literals_and_comments_hide_what_looks_like_code() {
        for (text, expected) in [
            ("a /* b /* c */ } */ d // e }\nf", "a d f"),
            (
                r##"r"}" r#""}"# b"}" br#"}"# c"}" "\"}""##,
                r#"<}> <"}> _ _ _ <\"}>"#,
            ),
            (r"'}' '\'' '\u{7d}' b'}' 'a 'static x", "_ _ _ _ _ _ x"),
            ("r#match 1_000u8 1.5 0x1f", "match _ _ . _ _"),
            (
                "fn f<'a>(x: &'a str) { [1] }",
                "fn f < _ > (x : & _ str {[_",
            ),
            ("#!/bin/sh {\nmod a;", "mod a ;"),
            ("#![allow(x)]", "# ! [allow (x"),
        ] {
            assert_eq!(shown(&trees(text).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn what_does_not_close_is_not_read() {
        for text in ["(", "(]", ")", "\"", "/* /* */", "r#\"\""] {
            assert!(trees(text).is_none(), "{text}");
        }
    }

    #[test]
    fn lines_are_counted_in_literals_too() {
        let trees = trees("\"\n\n\" a\n/*\n*/ b").unwrap();
        let lines: Vec<u32> = trees.iter().map(|tree| tree.line).collect();
        assert_eq!(lines, [1, 3, 5]);
    }
}
