//! Rust source text as a tree of tokens with line numbers. This crate looks for attributes, items
//! and macro calls, which need few kinds of token.

use std::ops::Range;

/// A token, or everything between two brackets.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) token: Token,
    pub(super) line: u32,
    /// The byte offset in the text.
    pub(super) at: usize,
}

#[derive(Debug)]
pub(super) enum Token {
    Ident(String),
    Punct(char),
    /// The value of a string literal, with its escapes unchanged.
    Text(String),
    /// A number, a character, a lifetime or a byte string.
    Other,
    Group(Group),
}

#[derive(Debug)]
pub(super) struct Group {
    /// `(`, `[` or `{`
    pub(super) open: char,
    pub(super) trees: Vec<Tree>,
    /// The byte range between the brackets.
    pub(super) inside: Range<usize>,
}

impl Tree {
    pub(super) fn is_punct(&self, punct: char) -> bool {
        matches!(self.token, Token::Punct(found) if found == punct)
    }

    pub(super) fn ident(&self) -> Option<&str> {
        match &self.token {
            Token::Ident(name) => Some(name),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.token {
            Token::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn group(&self) -> Option<&Group> {
        match &self.token {
            Token::Group(group) => Some(group),
            _ => None,
        }
    }

    pub(super) fn group_in(&self, open: char) -> Option<&Group> {
        self.group().filter(|group| group.open == open)
    }
}
