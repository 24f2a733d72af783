//! One pair of brackets: its names and values.

use syn::{Expr, Ident, Path};

use crate::grammar::{Group, unknown};
use crate::mistakes::Mistakes;
use crate::parse::{Entry, Form, Item};

pub(crate) struct Arguments<'a> {
    pub(crate) mistakes: &'a Mistakes,
    pub(super) group: &'static Group,
    entries: Vec<&'a Entry>,
    values: Vec<&'a Expr>,
    /// Whether every name was known. If one was misspelt, a missing name must not be reported as
    /// well.
    sound: bool,
}

impl<'a> Arguments<'a> {
    /// Notes every name that the group does not define.
    pub(crate) fn open(group: &'static Group, items: &'a [Item], mistakes: &'a Mistakes) -> Self {
        let (arguments, unknown_names) = Self::split(group, items, mistakes);
        arguments.note_unknown(&unknown_names);
        arguments
    }

    /// Does what `open` does, for a group with a function among its values. Returns also the
    /// function's name or path. Notes a mistake if there is none.
    pub(crate) fn open_with_function(
        group: &'static Group,
        items: &'a [Item],
        mistakes: &'a Mistakes,
    ) -> (Self, Option<Path>) {
        let (mut arguments, unknown_names) = Self::split(group, items, mistakes);
        let (bare, unknown_names): (Vec<&Entry>, Vec<&Entry>) = unknown_names
            .into_iter()
            .partition(|entry| matches!(entry.form, Form::Bare));
        arguments.note_unknown(&unknown_names);
        arguments.sound = unknown_names.is_empty();
        let is_path = |value: &&&Expr| matches!(value, Expr::Path(path) if path.qself.is_none());
        let path = arguments.values.iter().find(is_path).copied();
        arguments
            .values
            .retain(|value| !path.is_some_and(|path| std::ptr::eq(*value, path)));
        let path = path.and_then(|path| match path {
            Expr::Path(path) => Some(path.path.clone()),
            _ => None,
        });
        let mut functions = path
            .into_iter()
            .chain(bare.iter().map(|entry| Path::from(entry.name.clone())));
        let function = functions.next();
        for another in functions {
            mistakes.on(
                another,
                "only one function can fill a directory: to build on the result of another, write `from = ..`",
            );
        }
        (arguments, function)
    }

    fn split(
        group: &'static Group,
        items: &'a [Item],
        mistakes: &'a Mistakes,
    ) -> (Self, Vec<&'a Entry>) {
        let mut arguments = Self {
            mistakes,
            group,
            entries: Vec::new(),
            values: Vec::new(),
            sound: true,
        };
        let mut unknown_names = Vec::new();
        for item in items {
            match item {
                Item::Value(value) => arguments.values.push(value),
                Item::Entry(entry) if group.key(&entry.name.to_string()).is_some() => {
                    arguments.entries.push(entry);
                }
                Item::Entry(entry) => unknown_names.push(entry),
            }
        }
        arguments.sound = unknown_names.is_empty();
        (arguments, unknown_names)
    }

    fn note_unknown(&self, entries: &[&Entry]) {
        for entry in entries {
            let name = entry.name.to_string();
            self.mistakes
                .at(entry.name.span(), unknown(self.group, &name));
        }
    }

    /// Returns all entries of a key that can be repeated.
    pub(crate) fn every(&self, key: &'static str) -> impl Iterator<Item = &'a Entry> {
        let entries = self.entries.iter().copied();
        entries.filter(move |entry| entry.name == key)
    }

    /// Returns the entry of a key that cannot be repeated.
    pub(crate) fn one(&self, key: &'static str) -> Option<&'a Entry> {
        let mut entries = self.every(key);
        let first = entries.next();
        for again in entries {
            let remedy = match self.usage(again).contains('(') {
                true => "merge them into one",
                false => "keep one",
            };
            let message = format!("duplicate `{key}`: {remedy}");
            self.mistakes.at(again.name.span(), message);
        }
        first
    }

    /// Returns the brackets of a namespace option, which are optional.
    pub(crate) fn namespace(&self, group: &'static Group) -> Option<Self> {
        let entry = self.one(group.name)?;
        let items = match &entry.form {
            Form::Bare => &[],
            Form::Called(items) => items.as_slice(),
            Form::Assigned(_) => return self.miswritten(entry),
        };
        let keys = Self::open(group, items, self.mistakes);
        keys.no_values();
        Some(keys)
    }

    /// Returns the brackets of a key that requires them.
    pub(crate) fn inner(&self, entry: &'a Entry, group: &'static Group) -> Option<Self> {
        match &entry.form {
            Form::Called(items) => Some(Self::open(group, items, self.mistakes)),
            _ => self.miswritten(entry),
        }
    }

    /// Returns the values without a key. `written` is the name before the brackets.
    pub(crate) fn values<const N: usize>(
        &self,
        written: &Ident,
        usage: &str,
    ) -> Option<[&'a Expr; N]> {
        let values = <[&Expr; N]>::try_from(self.values.as_slice()).ok();
        if values.is_none() && self.sound {
            let message = format!("`{written}` is written `{usage}`");
            self.mistakes.at(written.span(), message);
        }
        values
    }

    /// Returns all values without a key, for entries with a variable number of them.
    pub(crate) fn all_values(&self) -> &[&'a Expr] {
        &self.values
    }

    pub(crate) fn has_values(&self) -> bool {
        !self.values.is_empty()
    }

    pub(crate) fn has_keys(&self) -> bool {
        !self.entries.is_empty() || !self.sound
    }

    /// Notes every value without a key, for brackets that hold only keys.
    pub(crate) fn no_values(&self) {
        let Group { name, keys } = self.group;
        for value in &self.values {
            let known: Vec<String> = keys.iter().map(|key| format!("`{}`", key.name)).collect();
            let message = match known.is_empty() {
                true => format!("`{name}` takes nothing in parentheses: write `{name}`"),
                false => format!("expected a key of `{name}`: {}", known.join(", ")),
            };
            self.mistakes.on(value, message);
        }
    }

    pub(crate) fn usage(&self, entry: &Entry) -> &'static str {
        let key = self.group.key(&entry.name.to_string());
        key.map_or("", |key| key.usage)
    }

    pub(crate) fn miswritten<T>(&self, entry: &Entry) -> Option<T> {
        let (name, usage) = (&entry.name, self.usage(entry));
        let bracketed = usage.contains('(');
        let message = match entry.form {
            Form::Assigned(_) if name == usage => {
                format!("`{name}` takes no value: write `{name}`")
            }
            Form::Called(_) if name == usage => {
                format!("`{name}` takes no parentheses: write `{name}`")
            }
            Form::Assigned(_) if bracketed => {
                format!("`{name}` takes parentheses, as in `{usage}`")
            }
            _ => format!("`{name}` is written `{usage}`"),
        };
        self.mistakes.at(name.span(), message);
        None
    }
}
