//! The test options with more than one value.

use syn::{Expr, Path};

use crate::arguments::Arguments;
use crate::grammar;
use crate::literal::path;
use crate::model::{At, Env, Fields};
use crate::parse::{Entry, Form};

/// Reads `crate = path::to::ns_test`, `block_on = smol::block_on`
pub(super) fn path_to(
    top: &Arguments<'_>,
    key: &'static str,
    read: fn(&Expr, &str) -> syn::Result<Path>,
) -> Option<Path> {
    let entry = top.one(key)?;
    match &entry.form {
        Form::Assigned(path) => top.mistakes.note(read(path, top.usage(entry))),
        _ => top.miswritten(entry),
    }
}

pub(super) fn env(top: &Arguments<'_>) -> Env {
    let mut env = Env::default();
    for entry in top.every("env") {
        let Some(keys) = top.inner(entry, &grammar::ENV) else {
            continue;
        };
        let clear = keys.switch("clear");
        let keep = keys.texts("keep", path::variable);
        if keys.has_values() || !keys.has_keys() {
            env.set.extend(variable(top, entry, &keys));
        }
        env.clear = env.clear.or(clear);
        env.keep.extend(keep);
    }
    env
}

fn variable(
    top: &Arguments<'_>,
    entry: &Entry,
    keys: &Arguments<'_>,
) -> Option<(At<String>, String)> {
    let [name, value] = keys.values(&entry.name, top.usage(entry))?;
    let value = top.text_in(entry, value, path::without_nul);
    let name = top.text_in(entry, name, path::variable)?;
    Some((name, value?.value))
}

/// Reads `limit(processes = 64)`.
pub(super) fn limit(top: &Arguments<'_>) -> Option<Fields> {
    let keys = top.inner(top.one("limit")?, &grammar::LIMIT)?;
    keys.no_values();
    Some(keys.fields())
}
