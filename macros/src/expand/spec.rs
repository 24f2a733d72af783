//! Expands the request to the runtime's types.

use proc_macro2::TokenStream;
use quote::quote;

use super::prepared::prepared;
use super::record::{Record, list, offset, option, os_text, text};
use crate::grammar;
use crate::model::{
    At, Env, Fields, Ids, Mount, Net, Overlay, Pid, Range, Request, Time, User, Uts,
};

pub(super) fn spec(request: &Request) -> Record {
    let Request {
        user,
        mount,
        pid,
        net,
        uts,
        time,
        ..
    } = request;
    let five = user.is_some() && mount.is_some() && pid.is_some() && net.is_some() && uts.is_some();
    let hermetic = five && request.ipc && request.cgroup;
    let base = if hermetic { "HERMETIC" } else { "NOTHING" };
    let mut spec = Record::like("Spec", base, 11);
    // HERMETIC already has the bare options.
    let mut word = |name, record: Option<Record>| {
        spec.set_some(name, record.filter(|record| !hermetic || !record.is_bare()));
    };
    word("mount", mount.as_ref().map(self::mount));
    word("pid", pid.as_ref().map(self::pid));
    word("net", net.as_ref().map(self::net));
    word("uts", uts.as_ref().map(self::uts));
    if let Some(user) = user.as_ref().filter(|user| !hermetic || !is_root(user)) {
        spec.set("user", option(Some(self::user(user))));
    }
    for (name, asked) in [("ipc", request.ipc), ("cgroup", request.cgroup)] {
        if asked && !hermetic {
            spec.set(name, true);
        }
    }
    spec.set_some("time", time.as_ref().map(self::time));
    spec.set_some("cwd", request.cwd.as_deref().map(os_text));
    for (name, record) in [("env", env(&request.env)), ("limit", limit(&request.limit))] {
        if !record.is_bare() {
            spec.set(name, record);
        }
    }
    spec
}

fn is_root(user: &User) -> bool {
    let one = user.host.is_none() && user.keep.is_none() && user.ids.is_empty();
    one && user.no_caps.is_none() && user.uid.is_none() && user.gid.is_none()
}

fn user(user: &User) -> TokenStream {
    if user.host.is_some() {
        return quote!(__ns_test::User::Host);
    }
    if is_root(user) {
        return quote!(__ns_test::User::ROOT);
    }
    let ids = ids(user);
    let r#become = option(user.r#become.map(At::into_value));
    let caps = user.no_caps.is_none();
    quote!(__ns_test::User::Namespace {
        ids: __ns_test::Ids::#ids,
        r#become: #r#become,
        caps: #caps,
    })
}

fn ids(user: &User) -> TokenStream {
    if user.keep.is_some() {
        return quote!(Keep);
    }
    if user.ids.is_empty() {
        let [uid, gid] = [user.uid, user.gid].map(|id| id.map_or(0, At::into_value));
        return quote!(One { uid: #uid, gid: #gid });
    }
    let mut ranges = Vec::new();
    for ids in &user.ids {
        match &ids.value {
            Ids::Auto => return quote!(Auto),
            Ids::Ranges(more) => ranges.extend(more),
        }
    }
    let gids = user.gids.iter().flat_map(|gids| &gids.value);
    let [ids, gids] =
        [ranges, gids.collect()].map(|ranges| list("Range", ranges.into_iter().map(range)));
    quote!(Ranges { ids: #ids, gids: #gids })
}

fn range(range: &Range) -> TokenStream {
    let Range {
        inner,
        outer,
        count,
    } = range;
    let outer = option(*outer);
    quote!(__ns_test::Range { inner: #inner, outer: #outer, count: #count })
}

fn mount(mount: &Mount) -> Record {
    let tmpfs = mount.tmpfs.iter().map(|tmpfs| {
        let (path, size, mode) = (
            os_text(&tmpfs.path.value),
            option(tmpfs.size),
            option(tmpfs.mode),
        );
        quote!(__ns_test::Tmpfs { path: #path, size: #size, mode: #mode })
    });
    let bind = mount.bind.iter().map(|bind| {
        let (source, target, ro) = (os_text(&bind.source), os_text(&bind.target.value), bind.ro);
        quote!(__ns_test::Bind { source: #source, target: #target, ro: #ro })
    });
    let path = |path: &At<String>| os_text(&path.value);
    let mut record = Record::of(&grammar::MOUNT, "Mount", "BARE");
    record.set_list("tmpfs", "Tmpfs", tmpfs);
    record.set_list("bind", "Bind", bind);
    record.set_list("ro", "OsText", mount.ro.iter().map(path));
    let overlays = mount.overlay.iter().map(overlay);
    record.set_list("overlay", "Overlay", overlays);
    record.set_list("prepared", "Prepared", mount.prepared.iter().map(prepared));
    record.set_all(&mount.fields);
    record
}

fn overlay(overlay: &Overlay) -> TokenStream {
    let lower = overlay.lower.iter().map(|lower| os_text(lower));
    let lower = list("OsText", lower);
    let (target, size) = (os_text(&overlay.target.value), option(overlay.size));
    quote!(__ns_test::Overlay { lower: #lower, target: #target, size: #size })
}

fn pid(pid: &Pid) -> Record {
    let mut record = Record::of(&grammar::PID, "Pid", "BARE");
    record.set_all(&pid.fields);
    record
}

fn net(net: &Net) -> Record {
    let sysctl = net.sysctl.iter().map(|sysctl| {
        let (key, value) = (text(&sysctl.key.value), text(&sysctl.value));
        quote!(__ns_test::Sysctl { key: #key, value: #value })
    });
    let mut record = Record::of(&grammar::NET, "Net", "BARE");
    record.set_all(&net.fields);
    record.set_list("sysctl", "Sysctl", sysctl);
    record
}

fn uts(uts: &Uts) -> Record {
    let mut record = Record::of(&grammar::UTS, "Uts", "BARE");
    record.set_all(&uts.fields);
    record
}

fn time(time: &Time) -> Record {
    let mut record = Record::like("Time", "BARE", 2);
    record.set_all(&time.fields);
    if let Some(uptime) = time.uptime {
        for clock in ["monotonic", "boottime"] {
            record.set(clock, offset(uptime.value));
        }
    }
    record
}

fn env(env: &Env) -> Record {
    let set = env.set.iter().map(|(name, value)| {
        let (name, value) = (os_text(&name.value), os_text(value));
        quote!((#name, #value))
    });
    let keep = env.keep.iter().map(|name| os_text(&name.value));
    let mut record = Record::like("Env", "INHERITED", 3);
    if env.clear.is_some() || !env.keep.is_empty() {
        record.set("clear", true);
    }
    record.set_list("keep", "OsText", keep);
    record.set_list("set", "Variable", set);
    record
}

fn limit(limit: &Fields) -> Record {
    let mut record = Record::of(&grammar::LIMIT, "Limit", "NONE");
    record.set_all(limit);
    record
}
