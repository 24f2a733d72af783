//! The keys of `mount`.

use super::prepared::prepared;
use crate::arguments::Arguments;
use crate::grammar;
use crate::literal::{self, path};
use crate::model::{At, Bind, Mount, Overlay, Tmpfs};
use crate::parse::{Entry, Form};

pub(super) fn mount(keys: &Arguments<'_>) -> Mount {
    Mount {
        tmpfs: keys
            .every("tmpfs")
            .filter_map(|entry| tmpfs(keys, entry))
            .collect(),
        bind: keys
            .every("bind")
            .filter_map(|entry| bind(keys, entry))
            .collect(),
        ro: keys.texts("ro", path::target),
        overlay: keys
            .every("overlay")
            .filter_map(|entry| overlay(keys, entry))
            .collect(),
        prepared: keys
            .every("prepared")
            .filter_map(|entry| prepared(keys, entry))
            .collect(),
        fields: keys.fields(),
    }
}

fn tmpfs(mount: &Arguments<'_>, entry: &Entry) -> Option<Tmpfs> {
    if !matches!(entry.form, Form::Called(_)) {
        let path = mount.text_of(entry, path::target)?;
        return Some(Tmpfs {
            path,
            size: None,
            mode: None,
        });
    }
    let keys = mount.inner(entry, &grammar::TMPFS)?;
    let size = keys.text("size", literal::size).map(At::into_value);
    let mode = keys.integer("mode", literal::mode).map(At::into_value);
    let [path] = keys.values(&entry.name, r#"tmpfs("/run", size = "16MiB")"#)?;
    let path = mount.text_in(entry, path, path::target)?;
    Some(Tmpfs { path, size, mode })
}

fn bind(mount: &Arguments<'_>, entry: &Entry) -> Option<Bind> {
    let keys = mount.inner(entry, &grammar::BIND)?;
    let ro = keys.switch("ro").is_some();
    let [source, target] = keys.values(&entry.name, mount.usage(entry))?;
    let source = mount
        .text_in(entry, source, path::source)
        .map(At::into_value);
    let target = mount.text_in(entry, target, path::target)?;
    Some(Bind {
        source: source?,
        target,
        ro,
    })
}

/// Reads `overlay = "/etc"`, `overlay("/etc", size = "2GiB")`, `overlay(["top", "base"],
/// "/target")`
fn overlay(mount: &Arguments<'_>, entry: &Entry) -> Option<Overlay> {
    if !matches!(entry.form, Form::Called(_)) {
        let target = mount.text_of(entry, path::target)?;
        return Some(Overlay {
            lower: Vec::new(),
            target,
            size: None,
        });
    }
    const USAGE: &str = r#"overlay(["top", "base"], "/target")"#;
    let keys = mount.inner(entry, &grammar::OVERLAY)?;
    let size = keys.text("size", literal::size).map(At::into_value);
    let (lower, target) = match *keys.all_values() {
        [target] => (Some(Vec::new()), target),
        [lower, target] => (mount.list_in(entry, lower, USAGE, path::source), target),
        _ => {
            let [_, _] = keys.values(&entry.name, r#"overlay("lower", "/target")"#)?;
            return None;
        }
    };
    let target = mount.text_in(entry, target, path::target);
    Some(Overlay {
        lower: lower?,
        target: target?,
        size,
    })
}
