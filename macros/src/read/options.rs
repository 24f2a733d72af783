//! The options beside the namespaces that are more than one value.

use syn::Path;

use crate::arguments::{Arguments, value};
use crate::grammar;
use crate::literal::{self, duration, path};
use crate::model::{At, Env, Limit};
use crate::parse::{Entry, Form};

/// `crate = path::to::ns_test`
pub(super) fn path_to(top: &Arguments<'_>, key: &'static str) -> Option<Path> {
    let entry = top.one(key)?;
    match &entry.form {
        Form::Assigned(path) => top.mistakes.note(value::path(path, top.usage(entry))),
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

pub(super) fn limit(top: &Arguments<'_>) -> Option<Limit> {
    let keys = top.inner(top.one("limit")?, &grammar::LIMIT)?;
    keys.no_values();
    Some(Limit {
        processes: keys
            .integer("processes", literal::count)
            .map(At::into_value),
        memory: keys.text("memory", literal::size).map(At::into_value),
        files: keys.integer("files", literal::count).map(At::into_value),
        cpu: keys.text("cpu", duration::duration).map(At::into_value),
    })
}
