//! Keys that contradict each other. A message names both and says which to remove.

use std::path::Path;

use proc_macro2::Span;

use crate::mistakes::Mistakes;
use crate::model::{At, Env, Ids, Mount, Net, Range, Request, Time, User};

pub(crate) fn check(request: &Request, mistakes: &Mistakes) {
    if let Some(user) = &request.user {
        check_user(user, mistakes);
    }
    if let Some(mount) = &request.mount {
        check_mount(mount, mistakes);
    }
    if let Some(net) = &request.net {
        check_net(net, mistakes);
    }
    if let Some(time) = &request.time {
        check_time(time, mistakes);
    }
    check_env(&request.env, mistakes);
}

fn check_user(user: &User, mistakes: &Mistakes) {
    let uid = user.uid.map(|uid| ("uid", uid.key));
    let gid = user.gid.map(|gid| ("gid", gid.key));
    let keep = user.keep.map(|keep| ("keep", keep));
    let gids = user.gids.first().map(|gids| ("gids", gids.key));
    let ids = user.ids.first().map(|ids| ("ids", ids.key)).or(gids);
    let r#become = user.r#become.map(|r#become| ("become", r#become.key));
    let caps = user.no_caps.map(|caps| ("caps", caps));
    let (stays, why, others) = if user.host.is_some() {
        let others = [uid, gid, keep, ids, r#become, caps];
        ("host", "`host` creates no user namespace", others)
    } else if ids.is_some() {
        let why = "`ids` maps the ids, and `become` selects one of them";
        ("ids", why, [uid, gid, keep, None, None, None])
    } else if keep.is_some() {
        let why = "`keep` maps the caller's ids to themselves";
        ("keep", why, [uid, gid, None, None, None, None])
    } else {
        return check_ids(user, mistakes);
    };
    match others.into_iter().flatten().next() {
        Some((key, span)) => mistakes.at(span, format!("{why}: remove `{key}` or `{stays}`")),
        None => check_ids(user, mistakes),
    }
}

fn check_ids(user: &User, mistakes: &Mistakes) {
    let is_auto = |ids: &At<Ids>| matches!(ids.value, Ids::Auto);
    if let Some(auto) = user.ids.iter().find(|ids| is_auto(ids)) {
        if user.ids.len() > 1 {
            let message = "`ids = \"auto\"` can't be combined with ranges: remove one of the two";
            mistakes.at(auto.span, message);
        }
    }
    let uids = user.ids.iter().filter_map(|ids| match &ids.value {
        Ids::Ranges(ranges) => Some((ids.span, ranges.as_slice())),
        Ids::Auto => None,
    });
    let uids = no_overlaps(uids, mistakes);
    let gids = user.gids.iter().map(|gids| (gids.span, &*gids.value));
    let gids = no_overlaps(gids, mistakes);
    if let Some(first) = user.gids.first().filter(|_| uids.is_empty()) {
        let message = "`gids` needs ranges in `ids`, which then map only the user ids: add `ids = \"0:100000:65536\"`";
        mistakes.at(first.key, message);
        return;
    }
    if let Some(r#become) = user.r#become {
        check_become(user, r#become, &uids, &gids, mistakes);
    }
}

fn check_become(
    user: &User,
    r#become: At<u32>,
    uids: &[Range],
    gids: &[Range],
    mistakes: &Mistakes,
) {
    let id = r#become.value;
    let lacks = |ranges: &[Range]| !ranges.is_empty() && !ranges.iter().any(|range| range.has(id));
    if user.ids.is_empty() {
        let remedy = format!("add `ids = \"auto\"`, or write `uid = {id}`");
        let message = format!("`become` needs an id that `ids` maps: {remedy}");
        mistakes.at(r#become.key, message);
    } else if let Some(key) = [(uids, "ids"), (gids, "gids")]
        .into_iter()
        .find_map(|(ranges, key)| lacks(ranges).then_some(key))
    {
        let message = format!("`{key}` does not map id {id}: add a range that contains it");
        mistakes.at(r#become.span, message);
    }
}

/// Returns all ranges of a key.
fn no_overlaps<'a>(
    all: impl Iterator<Item = (Span, &'a [Range])>,
    mistakes: &Mistakes,
) -> Vec<Range> {
    let mut mapped: Vec<Range> = Vec::new();
    for (span, ranges) in all {
        for range in ranges {
            if let Some(other) = mapped.iter().find(|other| range.overlaps(other)) {
                let message = format!("`{range}` overlaps `{other}`: map each id only once");
                mistakes.at(span, message);
            }
            mapped.push(*range);
        }
    }
    mapped
}

fn check_mount(mount: &Mount, mistakes: &Mistakes) {
    let fresh = || {
        mount
            .tmpfs
            .iter()
            .map(|tmpfs| &tmpfs.path)
            .chain(mount.bind.iter().map(|bind| &bind.target))
            .chain(mount.prepared.iter().map(|prepared| &prepared.target))
    };
    for target in fresh() {
        if same(&target.value, "/") {
            mistakes.at(
                target.span,
                "a mount on `/` would hide everything: write `root = \"rootfs\"` to change `/`",
            );
        }
        if mount.fields.is("tmp", "host") && same(&target.value, "/tmp") {
            mistakes.at(
                target.span,
                "`tmp = \"host\"` keeps the host's /tmp: remove it or this mount",
            );
        }
    }
    let overlays = || mount.overlay.iter().map(|overlay| &overlay.target);
    for target in overlays() {
        if mount.fields.get("root").is_none() && same(&target.value, "/") {
            mistakes.at(
                target.span,
                "an overlay of `/` needs a root other than the host's: add `root = \"rootfs\"`, or overlay directories below `/`",
            );
        }
    }
    let all: Vec<&At<String>> = fresh().chain(&mount.ro).chain(overlays()).collect();
    no_repeats(&all, same, mistakes, |path| {
        format!("`{path}` has two mounts: keep one; a read-only bind mount is `bind(.., ro)`")
    });
}

/// Returns whether two paths are the same for the kernel: `/a//b/` is `/a/b`.
fn same(a: &str, b: &str) -> bool {
    Path::new(a) == Path::new(b)
}

fn check_net(net: &Net, mistakes: &Mistakes) {
    let keys: Vec<&At<String>> = net.sysctl.iter().map(|sysctl| &sysctl.key).collect();
    no_repeats(
        &keys,
        |a, b| a.replace('/', ".") == b.replace('/', "."),
        mistakes,
        |key| format!("the sysctl `{key}` is set twice: keep one"),
    );
}

fn check_time(time: &Time, mistakes: &Mistakes) {
    if let (Some(clock), Some(_)) = (time.fields.0.first(), &time.uptime) {
        let message = format!("`uptime` sets both clocks: remove it or `{}`", clock.name);
        mistakes.at(clock.key, message);
    }
}

fn check_env(env: &Env, mistakes: &Mistakes) {
    let names: Vec<&At<String>> = env
        .keep
        .iter()
        .chain(env.set.iter().map(|(name, _)| name))
        .collect();
    no_repeats(
        &names,
        |a, b| a == b,
        mistakes,
        |name| format!("the variable `{name}` is set twice: keep one"),
    );
}

fn no_repeats(
    all: &[&At<String>],
    same: impl Fn(&str, &str) -> bool,
    mistakes: &Mistakes,
    message: impl Fn(&str) -> String,
) {
    for (place, later) in all.iter().enumerate() {
        if all[..place]
            .iter()
            .any(|earlier| same(&earlier.value, &later.value))
        {
            mistakes.at(later.span, message(&later.value));
        }
    }
}
