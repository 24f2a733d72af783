//! The options beside the namespaces that are more than one value.

use syn::Path;

use crate::bracket::{Bracket, value};
use crate::literal::{self, path, span};
use crate::model::{At, Env, Limit};
use crate::names;
use crate::parse::{Entry, Form};

/// `crate = path::to::ns_test`
pub(super) fn path_to(top: &Bracket<'_>, key: &'static str) -> Option<Path> {
    let entry = top.one(key)?;
    match &entry.form {
        Form::Assigned(path) => top.mistakes.note(value::path(path, top.usage(entry))),
        _ => top.miswritten(entry),
    }
}

pub(super) fn env(top: &Bracket<'_>) -> Env {
    let mut env = Env::default();
    for entry in top.every("env") {
        let Some(keys) = top.inner(entry, &names::ENV) else {
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

fn variable(top: &Bracket<'_>, entry: &Entry, keys: &Bracket<'_>) -> Option<(At<String>, String)> {
    let [name, value] = keys.values(&entry.name, top.usage(entry))?;
    let value = top.text_in(entry, value, path::without_nul);
    let name = top.text_in(entry, name, path::variable)?;
    Some((name, value?.value))
}

pub(super) fn limit(top: &Bracket<'_>) -> Option<Limit> {
    let keys = top.inner(top.one("limit")?, &names::LIMIT)?;
    keys.no_values();
    Some(Limit {
        processes: keys
            .integer("processes", literal::count)
            .map(At::into_value),
        memory: keys.text("memory", literal::size).map(At::into_value),
        files: keys.integer("files", literal::count).map(At::into_value),
        cpu: keys.text("cpu", span::duration).map(At::into_value),
    })
}
