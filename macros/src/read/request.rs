//! The attribute's own brackets.

use super::mount::mount;
use super::net::net;
use super::options;
use super::time::time;
use super::user::user;
use crate::arguments::{Arguments, value};
use crate::grammar::{self, NAMESPACES};
use crate::literal::path;
use crate::mistakes::Mistakes;
use crate::model::{At, Pid, Request, Uts};
use crate::parse::Item;

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
