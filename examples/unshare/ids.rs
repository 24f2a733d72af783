//! The options about uids and gids. Several can be given, but few combinations are valid.

use ns_test::Sandbox;

use crate::request::number;

/// The parsed options.
#[derive(Default)]
pub(crate) struct Ids {
    own: Own,
    auto: bool,
    uids: Vec<Range>,
    gids: Vec<Range>,
    setuid: Option<u32>,
    setgid: Option<u32>,
}

/// The caller's own ids inside.
#[derive(Clone, Copy, Default)]
enum Own {
    #[default]
    Unsaid,
    These {
        uid: u32,
        gid: u32,
    },
    Kept,
}

#[derive(PartialEq, Eq)]
struct Range {
    inner: u32,
    outer: u32,
    count: u32,
}

impl Ids {
    /// Applies an option. `false`: it is not about ids.
    pub(crate) fn take(&mut self, name: &str, value: &str) -> Result<bool, String> {
        match name {
            "map-root-user" => self.own = Own::These { uid: 0, gid: 0 },
            "map-current-user" => self.own = Own::Kept,
            "map-user" => {
                let (_, gid) = self.own_numbers()?;
                let uid = number(name, value)?;
                self.own = Own::These { uid, gid };
            }
            "map-group" => {
                let (uid, _) = self.own_numbers()?;
                let gid = number(name, value)?;
                self.own = Own::These { uid, gid };
            }
            "map-auto" => self.auto = true,
            "map-users" | "map-groups" if value == "auto" => self.auto = true,
            "map-users" => self.uids.push(range(name, value)?),
            "map-groups" => self.gids.push(range(name, value)?),
            "setuid" => self.setuid = Some(number(name, value)?),
            "setgid" => self.setgid = Some(number(name, value)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn own_numbers(&self) -> Result<(u32, u32), String> {
        match self.own {
            Own::Unsaid => Ok((0, 0)),
            Own::These { uid, gid } => Ok((uid, gid)),
            Own::Kept => Err("--map-current-user keeps both ids: no others go with it".to_owned()),
        }
    }

    pub(crate) fn map(&self, sandbox: Sandbox) -> Result<Sandbox, String> {
        let sandbox = match (self.own, self.auto, self.has_ranges()) {
            (Own::Unsaid, false, false) => sandbox,
            (Own::These { uid, gid }, false, false) => sandbox.user_as(uid, gid),
            (Own::Kept, false, false) => sandbox.user_keep(),
            // The caller is 0 there in any case.
            (Own::Unsaid | Own::These { uid: 0, gid: 0 }, true, false) => sandbox.user_auto(),
            (own @ (Own::Unsaid | Own::These { .. }), false, true) => self.ranges(own, sandbox),
            _ => {
                return Err("the ids are the caller's, or --map-auto, or --map-users".to_owned());
            }
        };
        match (self.setuid, self.setgid) {
            (None, None) => Ok(sandbox),
            (Some(uid), Some(gid)) if uid == gid && self.maps_several() => {
                Ok(sandbox.user_become(uid))
            }
            _ => Err("--setuid and --setgid go together: one number for both, \
                      which --map-auto or --map-users has mapped"
                .to_owned()),
        }
    }

    fn maps_several(&self) -> bool {
        self.auto || self.has_ranges()
    }

    fn has_ranges(&self) -> bool {
        !self.uids.is_empty() || !self.gids.is_empty()
    }

    /// Adds the ranges to the sandbox, combined with the caller's own id. If only one kind is
    /// given, it applies to both.
    fn ranges(&self, own: Own, sandbox: Sandbox) -> Sandbox {
        let (uids, gids) = match (&*self.uids, &*self.gids) {
            ([], ranges) | (ranges, []) => (ranges, ranges),
            both => both,
        };
        let sandbox = uids.iter().fold(sandbox, |sandbox, range| {
            sandbox.user_range(range.inner, range.outer, range.count)
        });
        let sandbox = gids.iter().fold(sandbox, |sandbox, range| {
            sandbox.user_gid_range(range.inner, range.outer, range.count)
        });
        match own {
            Own::These { uid, gid } => sandbox.user_caller(uid).user_gid_caller(gid),
            _ => sandbox,
        }
    }
}

/// Parses `inner:outer:count`, or the form before util-linux 2.39: `outer,inner,count`.
fn range(name: &str, value: &str) -> Result<Range, String> {
    let numbers = |separator| {
        let numbers = value.split(separator).map(|number| number.parse().ok());
        numbers.collect::<Option<Vec<u32>>>()
    };
    let (new, old) = (numbers(':'), numbers(','));
    match (new.as_deref(), old.as_deref()) {
        (Some(&[inner, outer, count]), _) | (_, Some(&[outer, inner, count])) => Ok(Range {
            inner,
            outer,
            count,
        }),
        _ => Err(format!(
            "--{name} takes `auto` or `inner:outer:count`, not `{value}`"
        )),
    }
}
