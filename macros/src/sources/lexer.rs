//! Reads Rust source text as tokens.
//!
//! `proc_macro` has line numbers only since Rust 1.88. `proc_macro2` has them only in its own
//! lexer, which cannot be used with the compiler's spans.
//!
//! Each build of a target reads all its sources, and Cargo builds this crate without optimization.
//! A block without anything to find gets no trees. Together with the byte loops of [`Reader`], this
//! saves four fifths of the instructions that `main!` executes for a test of twelve lines.

use super::reader::Reader;
use super::tokens::{Group, Token, Tree};

/// Parses a whole file. `None` if its brackets or literals are not closed: rustc reports that.
pub(super) fn trees(text: &str) -> Option<Vec<Tree<'_>>> {
    Reader::new(text, beginning(text), 1, true).until(None)
}

/// Parses the content of a block that [`trees`] has skipped. `line` is the line of its opening
/// bracket.
pub(super) fn skipped<'a>(text: &'a str, group: &Group<'_>, line: u32) -> Vec<Tree<'a>> {
    let mut reader = Reader::new(text, group.inside.start, line, false);
    reader.until(Some(b'}')).unwrap_or_default()
}

/// Returns where the tokens begin: after a byte order mark and a shebang.
fn beginning(text: &str) -> usize {
    let rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mark = text.len() - rest.len();
    match rest.starts_with("#!") && !rest[2..].trim_start().starts_with('[') {
        true => rest.find('\n').map_or(text.len(), |end| mark + end),
        false => mark,
    }
}

impl<'a> Reader<'a> {
    /// Parses up to this closing bracket, or up to the end.
    fn until(&mut self, close: Option<u8>) -> Option<Vec<Tree<'a>>> {
        let mut trees: Vec<Tree<'a>> = Vec::new();
        loop {
            self.skip_blanks()?;
            let Some(next) = self.peek_byte() else {
                return close.is_none().then_some(trees);
            };
            if Some(next) == close {
                self.at += 1;
                return Some(trees);
            }
            let (line, at) = (self.line, self.at);
            let token = match closing(next) {
                Some(inner) => {
                    let is_call = trees.last().is_some_and(|tree| tree.is_punct('!'));
                    Token::Group(self.group(inner, self.skims && !is_call)?)
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
            // Blanks have been skipped. Outside ASCII, everything else belongs to an identifier.
            _ => self.ident(),
        }
    }

    /// Parses a group. If `skims` is set, a block without anything to find gets no trees.
    fn group(&mut self, close: u8, skims: bool) -> Option<Group<'a>> {
        let open = char::from(self.bytes[self.at]);
        self.at += 1;
        let (start, line) = (self.at, self.line);
        let is_skipped = skims && close == b'}' && self.skim()?;
        let trees = if is_skipped {
            Vec::new()
        } else {
            (self.at, self.line) = (start, line);
            let outside = self.skims;
            // Attributes are read whole: `#[test_log::test{ns_test}]`.
            self.skims &= close != b']';
            let trees = self.until(Some(close))?;
            self.skims = outside;
            trees
        };
        Some(Group {
            open,
            trees,
            inside: start..self.at - 1,
            is_skipped,
        })
    }

    /// Reads up to the end of a block. Returns `false` at an attribute, a module, or a file that it
    /// includes. `None`: a bracket, literal or comment is not closed.
    fn skim(&mut self) -> Option<bool> {
        let mut open = vec![b'}'];
        loop {
            self.skip_blanks()?;
            let next = self.peek_byte()?;
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
                        return Some(true);
                    }
                }
                _ => match self.token(next)? {
                    Token::Punct('#') | Token::Ident("mod" | "include") => return Some(false),
                    _ => {}
                },
            }
        }
    }

    /// Parses an identifier, or the prefix of a literal: `r"..."`, `br#"..."#`, `c"..."`, `b'x'`,
    /// `r#match`.
    fn ident(&mut self) -> Option<Token<'a>> {
        let word = self.word();
        let next = self.peek_byte();
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
            ("naïve\u{2028}हिन्दी\u{200f}'é' é", "naïve हिन्दी _ é"),
            (
                r##"b'\'' '\\' '"' '{' 'a,'b cr#"}"# 'x"##,
                "_ _ _ _ _ , _ _ _",
            ),
            (
                "1.0e-3 0..10 /*/ } */\r\n\"\\\r\n\" a",
                "_ . _ - _ _ . . _ <\\\r\n> a",
            ),
            ("\u{feff}#!/bin/sh {\nmod a;", "mod a ;"),
            ("\u{feff}#![a]", "# ! [a"),
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
            ("{ std::include! { \"a\" } }", false),
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
        let text = "a\n{ b\n{ c } [d] \"\n\\\n\" r\"\n\" /*\n/*\n*/*/ }\ne";
        let trees = trees(text).unwrap();
        let group = trees[1].group().unwrap();
        assert!(group.is_skipped);
        let inside = skipped(text, group, trees[1].line);
        assert_eq!(shown(&inside), "b {c [d <\n\\\n> <\n>");
        let lines: Vec<u32> = inside.iter().map(|tree| tree.line).collect();
        assert_eq!(lines, [2, 3, 3, 3, 5]);
        assert_eq!((trees[2].line, trees[2].ident()), (9, Some("e")));
    }
}
