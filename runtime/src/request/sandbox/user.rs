//! `user`: who the process is.

use std::borrow::Cow;

use crate::request::spec::{Ids, List, Range, User};

use super::builder::Sandbox;

impl Sandbox {
    /// `user`: the caller becomes uid 0 and gid 0 of a namespace of its own. Every other word brings this one;
    /// `user_namespaces(7)`.
    pub fn user(mut self) -> Self {
        self.spec().user.get_or_insert(User::ROOT);
        self
    }

    /// `user(uid = U, gid = G)`: the caller becomes these instead of 0. It has all capabilities, and so have the programs that
    /// it executes.
    pub fn user_as(self, uid: u32, gid: u32) -> Self {
        self.with_ids(Ids::One { uid, gid })
    }

    /// `user(keep)`: the caller keeps its own ids, and gets all capabilities besides.
    pub fn user_keep(self) -> Self {
        self.with_ids(Ids::Keep)
    }

    /// `user(ids = "auto")`: the caller as 0, and its block of `subuid(5)` from 1 on. Needs `newuidmap(1)`, or real root.
    pub fn user_auto(self) -> Self {
        self.with_ids(Ids::Auto)
    }

    /// `user(ids = "inner:outer:count")`, repeatable: `count` uids and gids from `inner` on stand for those from `outer` on
    /// outside. Needs `newuidmap(1)` and a line in `subuid(5)`, or real root.
    pub fn user_range(mut self, inner: u32, outer: u32, count: u32) -> Self {
        self.ranges().0.to_mut().push(Range {
            inner,
            outer: Some(outer),
            count,
        });
        self
    }

    /// `user(ids = "inner:caller:1")`: the caller's own uid and gid become this number, next to ranges.
    pub fn user_caller(mut self, inner: u32) -> Self {
        self.ranges().0.to_mut().push(Range {
            inner,
            outer: None,
            count: 1,
        });
        self
    }

    /// `user(gids = "inner:outer:count")`, repeatable: ranges of gids. [`user_range`](Self::user_range) and
    /// [`user_caller`](Self::user_caller) are about uids only then.
    pub fn user_gid_range(mut self, inner: u32, outer: u32, count: u32) -> Self {
        self.ranges().1.to_mut().push(Range {
            inner,
            outer: Some(outer),
            count,
        });
        self
    }

    /// `user(gids = "inner:caller:1")`: the caller's own gid becomes this number, next to ranges of gids.
    pub fn user_gid_caller(mut self, inner: u32) -> Self {
        self.ranges().1.to_mut().push(Range {
            inner,
            outer: None,
            count: 1,
        });
        self
    }

    /// `user(become = ID)`: of the ids that are mapped, the uid and gid that the process takes at last.
    pub fn user_become(mut self, id: u32) -> Self {
        *self.namespace().1 = Some(id);
        self
    }

    /// `user(caps = "none")`: the process starts without capabilities, as an ordinary user's does.
    pub fn user_without_capabilities(mut self) -> Self {
        *self.namespace().2 = false;
        self
    }

    /// `user(host)`: no user namespace, for real root: with its capabilities on the host, and none of the protection.
    pub fn user_host(mut self) -> Self {
        self.spec().user = Some(User::Host);
        self
    }

    /// The ranges of uids and of gids, in place of what was asked before.
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

    /// The three parts of `user`, which an earlier `user_host` gives way to.
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
