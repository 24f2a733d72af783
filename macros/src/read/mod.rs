//! Converts the tree to the test's request, one function per namespace.

mod options;
mod prepared;

use crate::arguments::{Arguments, value};
use crate::grammar::{self, NAMESPACES};
use crate::literal::{self, duration, ids, path};
use crate::mistakes::Mistakes;
use crate::model::{At, Bind, Mount, Net, Overlay, Pid, Request, Sysctl, Time, Tmpfs, User, Uts};
use crate::parse::{Entry, Form, Item};

pub(crate) fn read(items: &[Item], mistakes: &Mistakes) -> Request {
    let top = Arguments::open(&grammar::TOP, items, mistakes);
    top.no_values();
    let all = top.switch("all").is_some();
    let hermetic = top.switch("hermetic");
    if let Some(span) = hermetic.filter(|_| all) {
        mistakes.at(span, "`all` already includes `hermetic`: remove `hermetic`");
    }
    let is_named = |name: &&'static str| top.every(name).next().is_some();
    let hermetic = all || hermetic.is_some() || !NAMESPACES.iter().any(is_named);
    let word = |group, asked: bool| {
        let bare = || asked.then(|| Arguments::open(group, &[], mistakes));
        top.namespace(group).or_else(bare)
    };
    Request {
        user: word(&grammar::USER, hermetic).map(|keys| user(&keys)),
        mount: word(&grammar::MOUNT, hermetic).map(|keys| mount(&keys)),
        pid: word(&grammar::PID, hermetic).map(|keys| Pid {
            fields: keys.fields(),
        }),
        net: word(&grammar::NET, hermetic).map(|keys| net(&keys)),
        ipc: word(&grammar::IPC, hermetic).is_some(),
        uts: word(&grammar::UTS, hermetic).map(|keys| Uts {
            fields: keys.fields(),
        }),
        cgroup: word(&grammar::CGROUP, hermetic).is_some(),
        time: word(&grammar::TIME, all).map(|keys| time(&keys)),
        cwd: top.text("cwd", path::source).map(At::into_value),
        env: options::env(&top),
        limit: options::limit(&top).unwrap_or_default(),
        options: top.fields(),
        block_on: options::path_to(&top, "block_on", value::path),
        krate: options::path_to(&top, "crate", value::module),
    }
}

fn user(keys: &Arguments<'_>) -> User {
    User {
        uid: keys.integer("uid", ids::id),
        gid: keys.integer("gid", ids::id),
        keep: keys.switch("keep"),
        host: keys.switch("host"),
        ids: keys.texts("ids", ids::ids),
        gids: keys.texts("gids", ids::ranges),
        r#become: keys.integer("become", ids::id),
        no_caps: keys.choice("caps", &["none"]).map(|caps| caps.key),
    }
}

fn mount(keys: &Arguments<'_>) -> Mount {
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
            .filter_map(|entry| prepared::prepared(keys, entry))
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

fn net(keys: &Arguments<'_>) -> Net {
    let sysctl = keys
        .every("sysctl")
        .filter_map(|entry| sysctl(keys, entry))
        .collect();
    Net {
        fields: keys.fields(),
        sysctl,
    }
}

fn sysctl(net: &Arguments<'_>, entry: &Entry) -> Option<Sysctl> {
    let keys = net.inner(entry, &grammar::SYSCTL)?;
    let [key, value] = keys.values(&entry.name, net.usage(entry))?;
    let value = net.mistakes.note(value::sysctl(value, net.usage(entry)));
    let key = net.text_in(entry, key, path::sysctl)?;
    Some(Sysctl { key, value: value? })
}

fn time(keys: &Arguments<'_>) -> Time {
    Time {
        fields: keys.fields(),
        uptime: keys.text("uptime", duration::offset),
    }
}
