//! Readers of keys, by the kind of value. A value of the wrong kind is noted as a mistake and
//! counts as absent.

use proc_macro2::Span;
use syn::{Error, Expr, LitInt};

use super::{Arguments, value};
use crate::grammar::nearest;
use crate::model::At;
use crate::parse::{Entry, Form};

/// Converts a string to its meaning, or to a message about the mistake.
type Read<T> = fn(&str) -> Result<T, String>;

impl<'a> Arguments<'a> {
    /// Reads a switch: `keep`.
    pub(crate) fn switch(&self, key: &'static str) -> Option<Span> {
        let entry = self.one(key)?;
        match entry.form {
            Form::Bare => Some(entry.name.span()),
            _ => self.miswritten(entry),
        }
    }

    /// Reads a string: `hostname = "db1"`.
    pub(crate) fn text<T>(&self, key: &'static str, read: Read<T>) -> Option<At<T>> {
        self.text_of(self.one(key)?, read)
    }

    /// Reads the strings of a repeated key: `ro = "/usr", ro = "/lib"`.
    pub(crate) fn texts<T>(&self, key: &'static str, read: Read<T>) -> Vec<At<T>> {
        let entries = self.every(key);
        entries
            .filter_map(|entry| self.text_of(entry, read))
            .collect()
    }

    pub(crate) fn text_of<T>(&self, entry: &'a Entry, read: Read<T>) -> Option<At<T>> {
        self.text_in(entry, self.assigned(entry)?, read)
    }

    /// Reads a string in the entry's own brackets.
    pub(crate) fn text_in<T>(&self, entry: &Entry, text: &Expr, read: Read<T>) -> Option<At<T>> {
        let literal = self.mistakes.note(value::text(text, self.usage(entry)))?;
        self.at(entry, literal.span(), read(&literal.value()))
    }

    /// Reads `"one"` or `["one", "two"]` in the entry's own brackets.
    pub(crate) fn list_in(
        &self,
        entry: &Entry,
        list: &Expr,
        usage: &str,
        read: Read<String>,
    ) -> Option<Vec<String>> {
        let texts: Vec<&Expr> = match list {
            Expr::Group(group) => return self.list_in(entry, &group.expr, usage, read),
            Expr::Array(array) if array.elems.is_empty() => {
                self.mistakes.on(
                    list,
                    "the list is empty: name at least one lower directory".to_owned(),
                );
                return None;
            }
            Expr::Array(array) => array.elems.iter().collect(),
            text => vec![text],
        };
        let read = |text| {
            let literal = self.mistakes.note(value::text(text, usage))?;
            let read = self.at(entry, literal.span(), read(&literal.value()));
            read.map(At::into_value)
        };
        // Report all of them: one build must show every mistake.
        let read: Vec<Option<String>> = texts.into_iter().map(read).collect();
        read.into_iter().collect()
    }

    /// Reads one of a few strings: `tmp = "host"`.
    pub(crate) fn choice(
        &self,
        key: &'static str,
        choices: &[&'static str],
    ) -> Option<At<&'static str>> {
        let written = self.text(key, |text| Ok(text.to_owned()))?;
        if let Some(value) = choices.iter().find(|choice| **choice == written.value) {
            return Some(written.map(|_| *value));
        }
        let remedy = match nearest(&written.value, choices.iter().copied()) {
            Some(near) => format!("did you mean `\"{near}\"`?"),
            None => format!("expected `\"{}\"`", choices.join("\"` or `\"")),
        };
        self.mistakes
            .at(written.span, format!("unknown value of `{key}`; {remedy}"));
        None
    }

    /// Reads a boolean: `lo = false`.
    pub(crate) fn boolean(&self, key: &'static str) -> Option<bool> {
        let entry = self.one(key)?;
        let value = value::boolean(self.assigned(entry)?, self.usage(entry));
        self.mistakes.note(value)
    }

    /// Reads a number: `uid = 1000`.
    pub(crate) fn integer<T>(
        &self,
        key: &'static str,
        read: fn(&LitInt) -> Result<T, String>,
    ) -> Option<At<T>> {
        let entry = self.one(key)?;
        let literal = value::integer(self.assigned(entry)?, self.usage(entry));
        let literal = self.mistakes.note(literal)?;
        self.at(entry, literal.span(), read(literal))
    }

    fn assigned(&self, entry: &'a Entry) -> Option<&'a Expr> {
        match &entry.form {
            Form::Assigned(value) => Some(value),
            _ => self.miswritten(entry),
        }
    }

    fn at<T>(&self, entry: &Entry, span: Span, read: Result<T, String>) -> Option<At<T>> {
        let value = self
            .mistakes
            .note(read.map_err(|message| Error::new(span, message)))?;
        let key = entry.name.span();
        Some(At { value, key, span })
    }
}
