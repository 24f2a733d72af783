//! One pair of brackets: the names and values in it, and how each may be written.

mod keys;
pub(crate) mod value;

use syn::{Expr, Ident};

use crate::grammar::{Group, unknown};
use crate::mistakes::Mistakes;
use crate::parse::{Entry, Form, Item};

pub(crate) struct Arguments<'a> {
    pub(crate) mistakes: &'a Mistakes,
    group: &'static Group,
    entries: Vec<&'a Entry>,
    values: Vec<&'a Expr>,
    /// Every name was known: what is missing is missing, not misspelt.
    sound: bool,
}

impl<'a> Arguments<'a> {
    /// Notes every name that the group does not know.
    pub(crate) fn open(group: &'static Group, items: &'a [Item], mistakes: &'a Mistakes) -> Self {
        let (mut entries, mut values, mut sound) = (Vec::new(), Vec::new(), true);
        for item in items {
            match item {
                Item::Value(value) => values.push(value),
                Item::Entry(entry) => {
                    let name = entry.name.to_string();
                    if group.key(&name).is_some() {
                        entries.push(entry);
                    } else {
                        mistakes.at(entry.name.span(), unknown(group, &name));
                        sound = false;
                    }
                }
            }
        }
        Self {
            mistakes,
            group,
            entries,
            values,
            sound,
        }
    }

    /// All entries of a key that may be repeated.
    pub(crate) fn every(&self, key: &'static str) -> impl Iterator<Item = &'a Entry> {
        let entries = self.entries.iter().copied();
        entries.filter(move |entry| entry.name == key)
    }

    /// The entry of a key that may not.
    pub(crate) fn one(&self, key: &'static str) -> Option<&'a Entry> {
        let mut entries = self.every(key);
        let first = entries.next();
        for again in entries {
            let remedy = match self.usage(again).contains('(') {
                true => "put all that it holds into one",
                false => "keep one",
            };
            let message = format!("duplicate `{key}`: {remedy}");
            self.mistakes.at(again.name.span(), message);
        }
        first
    }

    /// The brackets of a namespace, which may be missing.
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

    /// The brackets of a key that is always written with them.
    pub(crate) fn inner(&self, entry: &'a Entry, group: &'static Group) -> Option<Self> {
        match &entry.form {
            Form::Called(items) => Some(Self::open(group, items, self.mistakes)),
            _ => self.miswritten(entry),
        }
    }

    /// The values without a key. `written` is the name before the brackets.
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

    /// All values without a key, for what may have more or fewer of them.
    pub(crate) fn all_values(&self) -> &[&'a Expr] {
        &self.values
    }

    pub(crate) fn has_values(&self) -> bool {
        !self.values.is_empty()
    }

    pub(crate) fn has_keys(&self) -> bool {
        !self.entries.is_empty() || !self.sound
    }

    /// For brackets that hold keys only.
    pub(crate) fn no_values(&self) {
        let Group { name, keys } = self.group;
        let known: Vec<String> = keys.iter().map(|key| format!("`{}`", key.name)).collect();
        for value in &self.values {
            let message = match known.is_empty() {
                true => format!("`{name}` takes nothing in brackets: write `{name}`"),
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
                format!("`{name}` takes no brackets: write `{name}`")
            }
            Form::Assigned(_) if bracketed => {
                format!("`{name}` takes brackets, as in `{usage}`")
            }
            _ => format!("`{name}` is written `{usage}`"),
        };
        self.mistakes.at(name.span(), message);
        None
    }
}
