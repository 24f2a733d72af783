//! Reads Rust source text as tokens.
//!
//! `proc_macro` has line numbers only since Rust 1.88. `proc_macro2` has them only in its own
//! lexer, which cannot be used with the compiler's spans.
//!
//! Each build of a target reads all its sources, and Cargo builds this crate without optimization.
//! So a block without anything to find gets no trees: for a test of twelve lines, this and the loops
//! in [`Reader`] save four fifths of the instructions.

use super::reader::Reader;
use super::tokens::{Group, Token, Tree};

/// Parses a whole file. `None` if its brackets or literals are not closed: rustc reports that.
pub(super) fn trees(text: &str) -> Option<Vec<Tree<'_>>> {
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: shebang(text),
        line: 1,
        skims: true,
    };
    reader.until(None)
}

/// Parses the content of a block that [`trees`] has skipped.
pub(super) fn skipped<'a>(text: &'a str, group: &Group<'_>) -> Vec<Tree<'a>> {
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: group.inside.start,
        line: group.line,
        skims: false,
    };
    reader.until(Some(b'}')).unwrap_or_default()
}

fn shebang(text: &str) -> usize {
    match text.starts_with("#!") && !text[2..].trim_start().starts_with('[') {
        true => text.find('\n').unwrap_or(text.len()),
        false => 0,
    }
}

impl<'a> Reader<'a> {
    /// Parses up to this closing bracket, or up to the end.
    fn until(&mut self, close: Option<u8>) -> Option<Vec<Tree<'a>>> {
        let mut trees: Vec<Tree<'a>> = Vec::new();
        loop {
            self.skip_blanks()?;
            let Some(next) = self.next() else {
                return close.is_none().then_some(trees);
            };
            if Some(next) == close {
                self.at += 1;
                return Some(trees);
            }
            let (line, at) = (self.line, self.at);
            let token = match closing(next) {
                Some(close) => {
                    let is_call = trees.last().is_some_and(|tree| tree.is_punct('!'));
                    Token::Group(self.group(close, self.skims && !is_call)?)
                }
                None => self.token(next)?,
            };
            trees.push(Tree { token, line, at });
        }
    }

    /// Parses a token other than an opening bracket.
    fn token(&mut self, next: u8) -> Option<Token<'a>> {
        match next {
            b')' | b']' | b'}' => None,
            b'"' => self.string(),
            b'\'' => self.quote(),
            b'0'..=b'9' => {
                self.word();
                Some(Token::Other)
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.ident(),
            ..0x80 => {
                self.at += 1;
                Some(Token::Punct(char::from(next)))
            }
            _ => {
                let next = self.peek()?;
                if next.is_alphabetic() {
                    return self.ident();
                }
                self.at += next.len_utf8();
                Some(Token::Punct(next))
            }
        }
    }

    /// Parses a group. `skims`: it has no trees if it is a block with nothing to find.
    fn group(&mut self, close: u8, skims: bool) -> Option<Group<'a>> {
        let open = char::from(self.bytes[self.at]);
        self.at += 1;
        let (start, line) = (self.at, self.line);
        let is_skipped = skims && close == b'}' && self.skim()?;
        let trees = if is_skipped {
            Vec::new()
        } else {
            (self.at, self.line) = (start, line);
            self.until(Some(close))?
        };
        Some(Group {
            open,
            trees,
            inside: start..self.at - 1,
            line,
            is_skipped,
        })
    }

    /// Reads up to the end of a block. Returns whether it has no attribute, no module, and no file
    /// that it includes.
    fn skim(&mut self) -> Option<bool> {
        let mut open = vec![b'}'];
        let mut is_plain = true;
        loop {
            self.skip_blanks()?;
            let next = self.next()?;
            match next {
                b'(' | b'[' | b'{' => {
                    open.extend(closing(next));
                    self.at += 1;
                }
                b')' | b']' | b'}' => {
                    if open.pop() != Some(next) {
                        return None;
                    }
                    self.at += 1;
                    if open.is_empty() {
                        return Some(is_plain);
                    }
                }
                _ => match self.token(next)? {
                    Token::Punct('#') | Token::Ident("mod" | "include") => is_plain = false,
                    _ => {}
                },
            }
        }
    }

    /// Parses an identifier, or the prefix of a literal: `r"..."`, `br#"..."#`, `c"..."`, `b'x'`,
    /// `r#match`.
    fn ident(&mut self) -> Option<Token<'a>> {
        let word = self.word();
        let next = self.next();
        if !matches!(next, Some(b'"' | b'#' | b'\'')) {
            return Some(Token::Ident(word));
        }
        match (word, next) {
            ("r" | "br" | "cr", Some(b'"' | b'#')) => {
                let hashes = self.rest().bytes().take_while(|byte| *byte == b'#').count();
                if self.rest()[hashes..].starts_with('"') {
                    return self.raw_string(hashes, word == "r");
                }
                if word == "r" {
                    self.at += 1;
                    return Some(Token::Ident(self.word()));
                }
                Some(Token::Ident(word))
            }
            ("b" | "c", Some(b'"')) => self.string().map(|_| Token::Other),
            ("b", Some(b'\'')) => self.quote(),
            _ => Some(Token::Ident(word)),
        }
    }
}

/// Returns the bracket that closes this one.
fn closing(open: u8) -> Option<u8> {
    match open {
        b'(' => Some(b')'),
        b'[' => Some(b']'),
        b'{' => Some(b'}'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Token, Tree, skipped, trees};

    fn shown(trees: &[Tree<'_>]) -> String {
        let shown = trees.iter().map(|tree| match &tree.token {
            Token::Ident(name) => (*name).to_owned(),
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
            (
                "naïve\u{2003}日本 'é' é\u{2028}\u{feff}f€g",
                "naïve 日本 _ é f € g",
            ),
            (r"'}' '\'' '\u{7d}' b'}' 'a 'static x", "_ _ _ _ _ _ x"),
            ("r#match 1_000u8 1.5 0x1f", "match _ _ . _ _"),
            (
                "fn f<'a>(x: &'a str) { #[1] }",
                "fn f < _ > (x : & _ str {# [_",
            ),
            ("#!/bin/sh {\nmod a;", "mod a ;"),
            ("#![allow(x)]", "# ! [allow (x"),
        ] {
            assert_eq!(shown(&trees(text).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn what_does_not_close_is_not_read() {
        for text in [
            "(", "(]", ")", "\"", "\"\\\"", "/* /* */", "r#\"\"", "'\\", "{", "{ (} )", "{ \" }",
        ] {
            assert!(trees(text).is_none(), "{text}");
        }
    }

    #[test]
    fn lines_are_counted_in_literals_too() {
        let trees = trees("\"\n\n\" a\n/*\n*/ b").unwrap();
        let lines: Vec<u32> = trees.iter().map(|tree| tree.line).collect();
        assert_eq!(lines, [1, 3, 5]);
    }
    #[test]
    fn only_blocks_with_nothing_to_find_are_skipped() {
        for (block, is_skipped) in [
            (
                "{ a(|x| { y }); \"#\"; '#'; /* # */ r#\"#\"#; r#type }",
                true,
            ),
            ("{ model; includes; // mod\n b\"}\" }", true),
            ("{ #[a] b }", false),
            ("{ { ([#]) } }", false),
            ("{ mod a; }", false),
            ("{ include!(\"a\") }", false),
            ("m! { a }", false),
            ("(a)", false),
            ("[a]", false),
        ] {
            let trees = trees(block).unwrap();
            let group = trees.last().unwrap().group().unwrap();
            assert_eq!(group.is_skipped, is_skipped, "{block}");
            assert_eq!(group.trees.is_empty(), is_skipped, "{block}");
        }
    }

    #[test]
    fn a_skipped_block_can_be_read_later() {
        let text = "a\n{ b\n{ c } [d] }\ne";
        let trees = trees(text).unwrap();
        let group = trees[1].group().unwrap();
        let inside = skipped(text, group);
        assert_eq!(shown(&inside), "b {c [d");
        let lines: Vec<u32> = inside.iter().map(|tree| tree.line).collect();
        assert_eq!(lines, [2, 3, 3]);
        assert_eq!((trees[2].line, trees[2].ident()), (4, Some("e")));
    }
}
