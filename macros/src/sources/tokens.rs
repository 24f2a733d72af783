//! Rust source text as a tree of tokens with line numbers. This crate looks for attributes, items
//! and macro calls, which need few kinds of token.

use std::ops::Range;

/// A token, or everything between two brackets.
#[derive(Clone, Debug)]
pub(super) struct Tree<'a> {
    pub(super) token: Token<'a>,
    pub(super) line: u32,
    /// The byte offset in the text.
    pub(super) at: usize,
}

#[derive(Clone, Debug)]
pub(super) enum Token<'a> {
    Ident(&'a str),
    Punct(char),
    /// The value of a string literal, with its escapes unchanged.
    Text(&'a str),
    /// A number, a character, a lifetime or a byte string.
    Other,
    Group(Group<'a>),
}

#[derive(Clone, Debug)]
pub(super) struct Group<'a> {
    /// `(`, `[` or `{`
    pub(super) open: char,
    pub(super) trees: Vec<Tree<'a>>,
    /// The byte range between the brackets.
    pub(super) inside: Range<usize>,
    /// A block without attributes, modules and included files, which has no trees here.
    pub(super) is_skipped: bool,
}

impl<'a> Tree<'a> {
    pub(super) fn is_punct(&self, punct: char) -> bool {
        matches!(self.token, Token::Punct(found) if found == punct)
    }

    pub(super) fn ident(&self) -> Option<&'a str> {
        match &self.token {
            Token::Ident(name) => Some(name),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> Option<&'a str> {
        match &self.token {
            Token::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn group(&self) -> Option<&Group<'a>> {
        match &self.token {
            Token::Group(group) => Some(group),
            _ => None,
        }
    }

    pub(super) fn group_in(&self, open: char) -> Option<&Group<'a>> {
        self.group().filter(|group| group.open == open)
    }
}
