//! `user`: the ids and capabilities of the process.

use std::borrow::Cow;

use crate::request::spec::{Ids, List, Range, User};

use super::builder::Sandbox;

impl Sandbox {
    /// Requests `user`: the caller becomes uid 0 and gid 0 of a new namespace. Every other
    /// namespace option also enables this one; `user_namespaces(7)`.
    pub fn user(mut self) -> Self {
        self.spec().user.get_or_insert(User::ROOT);
        self
    }

    /// Requests `user(uid = U, gid = G)`: the caller becomes these ids instead of 0. The process,
    /// and the programs that it executes, have all capabilities.
    pub fn user_as(self, uid: u32, gid: u32) -> Self {
        self.with_ids(Ids::One { uid, gid })
    }

    /// Requests `user(keep)`: the caller keeps its own ids, and also gets all capabilities.
    pub fn user_keep(self) -> Self {
        self.with_ids(Ids::Keep)
    }

    /// Requests `user(ids = "auto")`: the caller becomes 0, and its block of `subuid(5)` starts at
    /// 1. Needs `newuidmap(1)`, or real root.
    pub fn user_auto(self) -> Self {
        self.with_ids(Ids::Auto)
    }

    /// Adds `user(ids = "inner:outer:count")`, repeatable: `count` uids and gids from `inner` on
    /// map to those from `outer` on outside. Needs `newuidmap(1)` and a line in `subuid(5)`, or
    /// real root.
    pub fn user_range(mut self, inner: u32, outer: u32, count: u32) -> Self {
        self.ranges().0.to_mut().push(Range {
            inner,
            outer: Some(outer),
            count,
        });
        self
    }

    /// Adds `user(ids = "inner:caller:1")`: maps the caller's own uid and gid to this number, next
    /// to ranges.
    pub fn user_caller(mut self, inner: u32) -> Self {
        self.ranges().0.to_mut().push(Range {
            inner,
            outer: None,
            count: 1,
        });
        self
    }

    /// Adds `user(gids = "inner:outer:count")`, repeatable: a range of gids.
    /// [`user_range`](Self::user_range) and [`user_caller`](Self::user_caller) then apply to uids
    /// only.
    pub fn user_gid_range(mut self, inner: u32, outer: u32, count: u32) -> Self {
        self.ranges().1.to_mut().push(Range {
            inner,
            outer: Some(outer),
            count,
        });
        self
    }

    /// Adds `user(gids = "inner:caller:1")`: maps the caller's own gid to this number, next to
    /// ranges of gids.
    pub fn user_gid_caller(mut self, inner: u32) -> Self {
        self.ranges().1.to_mut().push(Range {
            inner,
            outer: None,
            count: 1,
        });
        self
    }

    /// Sets `user(become = ID)`: the uid and gid that the process finally takes, among the mapped
    /// ids.
    pub fn user_become(mut self, id: u32) -> Self {
        *self.namespace().1 = Some(id);
        self
    }

    /// Sets `user(caps = "none")`: the process starts without capabilities, as an ordinary user's
    /// process does.
    pub fn user_without_capabilities(mut self) -> Self {
        *self.namespace().2 = false;
        self
    }

    /// Requests `user(host)`: no user namespace, for real root. The process keeps root's
    /// capabilities on the host, without any protection.
    pub fn user_host(mut self) -> Self {
        self.spec().user = Some(User::Host);
        self
    }

    /// Returns the ranges of uids and gids, which replace any earlier form of `ids`.
    fn ranges(&mut self) -> (&mut List<Range>, &mut List<Range>) {
        let asked = self.namespace().0;
        if !matches!(asked, Ids::Ranges { .. }) {
            *asked = Ids::Ranges {
                ids: Cow::Borrowed(&[]),
                gids: Cow::Borrowed(&[]),
            };
        }
        match asked {
            Ids::Ranges { ids, gids } => (ids, gids),
            _ => unreachable!("it was replaced above"),
        }
    }

    fn with_ids(mut self, new: Ids) -> Self {
        *self.namespace().0 = new;
        self
    }

    /// Returns the three parts of `user`, which replace an earlier `user_host`.
    fn namespace(&mut self) -> (&mut Ids, &mut Option<u32>, &mut bool) {
        let user = self.spec().user.get_or_insert(User::ROOT);
        if *user == User::Host {
            *user = User::ROOT;
        }
        match user {
            User::Namespace {
                ids,
                r#become,
                caps,
            } => (ids, r#become, caps),
            User::Host => unreachable!("it was replaced above"),
        }
    }
}
