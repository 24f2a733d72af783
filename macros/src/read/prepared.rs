//! `prepared(..)`: a directory that functions fill once.

use syn::{Expr, Path};

use crate::arguments::{Arguments, value};
use crate::grammar;
use crate::literal::{duration, path};
use crate::model::{At, Preparation, Prepared};
use crate::parse::{Entry, Form};

/// Reads `prepared("/var/lib/db", migrate, inputs("migrations"), from = init_db)`.
pub(super) fn prepared(mount: &Arguments<'_>, entry: &Entry) -> Option<Prepared> {
    let usage = mount.usage(entry);
    let Form::Called(items) = &entry.form else {
        return mount.miswritten(entry);
    };
    let (keys, function) = Arguments::open_with_function(&grammar::PREPARED, items, mount.mistakes);
    let copy = keys.switch("copy").is_some();
    let upper = keys
        .choice("upper", &["memory", "disk"])
        .map(At::into_value);
    let layers = layers(&keys, function.as_ref());
    let [target] = keys.values(&entry.name, usage)?;
    let target = mount.text_in(entry, target, path::target)?;
    if function.is_none() {
        mount.mistakes.at(
            entry.name.span(),
            format!("`prepared` is written `{usage}`"),
        );
    }
    Some(Prepared {
        target,
        layers: layers?,
        copy,
        upper,
    })
}

/// Returns the preparations, from the lowest layer up: those below this function, then its own.
fn layers(keys: &Arguments<'_>, function: Option<&Path>) -> Option<Vec<Preparation>> {
    let below = keys.one("from").map(|entry| from(keys, entry));
    let inputs = keys.one("inputs").map(|entry| inputs(keys, entry));
    let timeout = keys.text("timeout", duration::duration).map(At::into_value);
    let mut layers = match below {
        Some(below) => below?,
        None => Vec::new(),
    };
    layers.push(Preparation {
        function: function?.clone(),
        inputs: match inputs {
            Some(inputs) => Some(inputs?),
            None => None,
        },
        timeout,
    });
    Some(layers)
}

/// Reads `from = init_db`, `from(init_db, inputs("schema.sql"))`
fn from(keys: &Arguments<'_>, entry: &Entry) -> Option<Vec<Preparation>> {
    let items = match &entry.form {
        Form::Assigned(path) => {
            let function = keys.mistakes.note(value::path(path, keys.usage(entry)))?;
            let layer = Preparation {
                function,
                inputs: None,
                timeout: None,
            };
            return Some(vec![layer]);
        }
        Form::Called(items) => items,
        Form::Bare => return keys.miswritten(entry),
    };
    let (inner, function) = Arguments::open_with_function(&grammar::FROM, items, keys.mistakes);
    let [] = inner.values(&entry.name, r#"from(init_db, inputs("schema.sql"))"#)?;
    if function.is_none() {
        let message = r#"`from` is written `from(init_db, inputs("schema.sql"))`"#;
        keys.mistakes.at(entry.name.span(), message);
    }
    layers(&inner, function.as_ref())
}

/// Reads `inputs("migrations", "/usr/bin/postgres")`.
fn inputs(keys: &Arguments<'_>, entry: &Entry) -> Option<Vec<String>> {
    const USAGE: &str = r#"inputs("migrations", "/usr/bin/postgres")"#;
    let inner = keys.inner(entry, &grammar::INPUTS)?;
    let texts: &[&Expr] = inner.all_values();
    if texts.is_empty() && !inner.has_keys() {
        keys.mistakes
            .at(entry.name.span(), format!("`inputs` is written `{USAGE}`"));
        return None;
    }
    let read = |text: &&Expr| keys.list_in(entry, text, USAGE, path::source);
    // Report all of them: one build must show every mistake.
    let read: Vec<Option<Vec<String>>> = texts.iter().map(read).collect();
    let read: Option<Vec<Vec<String>>> = read.into_iter().collect();
    read.map(|lists| lists.concat())
}
