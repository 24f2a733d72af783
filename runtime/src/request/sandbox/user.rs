//! `user`: who the process is.

use std::borrow::Cow;

use crate::request::spec::{Ids, Range, User};

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
        let range = Range {
            inner,
            outer,
            count,
        };
        match self.namespace().0 {
            Ids::Ranges(ranges) => ranges.to_mut().push(range),
            ids @ (Ids::One { .. } | Ids::Keep | Ids::Auto) => {
                *ids = Ids::Ranges(Cow::Owned(vec![range]));
            }
        }
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
