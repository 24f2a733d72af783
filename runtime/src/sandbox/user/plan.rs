//! `user`: the caller's ids inside; `user_namespaces(7)`.

use nix::sys::prctl;

use super::extent::Extent;
use super::outside;
use crate::error::{At, Call, Failure, SetupError, Step};
use crate::request::spec::{Ids, Range, User};
use crate::sandbox::file;
use crate::sandbox::host::HostFacts;
use crate::sys::{Errno, ids, process};

/// The `user` option, as carried out on this machine.
#[derive(Debug)]
pub(crate) struct UserPlan {
    maps: Maps,
    /// The uid and gid of init after the maps are written, while it makes the sandbox.
    init_id: Option<u32>,
    /// The uid and gid that the body takes.
    body_id: Option<u32>,
    capabilities: Capabilities,
    undumpable: bool,
    groups: (u32, u32),
}

/// The writer of the two id maps.
#[derive(Debug)]
enum Maps {
    /// No user namespace.
    None,
    /// One line each, which the process itself may write: `user_namespaces(7)` allows it to map
    /// only its own ids.
    Own { uids: Vec<u8>, gids: Vec<u8> },
    /// Several ids: a process outside with the necessary rights writes the maps, while this process
    /// waits.
    Outside {
        uids: Vec<Extent>,
        gids: Vec<Extent>,
    },
}

/// The capabilities that remain of those of a new user namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Capabilities {
    /// Uid 0 keeps them when it executes a program.
    OfRoot,
    /// Other uids keep them in the ambient set.
    Ambient,
    Dropped,
}

impl UserPlan {
    /// Returns the plan without a user namespace.
    pub(crate) fn host() -> Self {
        Self {
            maps: Maps::None,
            init_id: None,
            body_id: None,
            capabilities: Capabilities::OfRoot,
            undumpable: false,
            groups: (0, 0),
        }
    }

    pub(crate) fn new(user: &User, facts: &HostFacts) -> Result<Self, SetupError> {
        let User::Namespace {
            ids,
            r#become,
            caps,
        } = user
        else {
            return Ok(Self::host());
        };
        let (maps, uid) = maps(ids, facts)?;
        if let Some(id) = *r#become {
            check_mapped(&maps, id)?;
        }
        let init_id = match &maps {
            Maps::Outside { uids, .. } if maps_id(uids, 0) => Some(0),
            _ => None,
        };
        let capabilities = match (caps, r#become.unwrap_or(uid)) {
            (false, _) => Capabilities::Dropped,
            (true, 0) => Capabilities::OfRoot,
            (true, _) => Capabilities::Ambient,
        };
        let (groups, undumpable) = (groups(&maps, ids, facts), facts.undumpable);
        Ok(Self {
            maps,
            init_id,
            body_id: *r#become,
            capabilities,
            undumpable,
            groups,
        })
    }

    /// Returns a range of gids that exist inside, for files that accept no others.
    pub(crate) fn group_range(&self) -> (u32, u32) {
        self.groups
    }

    /// Returns whether a process outside has to call [`map_from_outside`](Self::map_from_outside).
    pub(crate) fn needs_outside(&self) -> bool {
        matches!(self.maps, Maps::Outside { .. })
    }

    /// Writes the maps of the process `pid`. Only for the launcher, because it allocates.
    pub(crate) fn map_from_outside(&self, pid: process::Pid) -> Result<(), SetupError> {
        let Maps::Outside { uids, gids } = &self.maps else {
            return Ok(());
        };
        outside::write(pid, uids, gids)
    }
}

/// Returns the id maps as text, if this request has several ids. `None` also if the machine does
/// not provide the requested ids: then setting up the sandbox fails and reports it.
pub(crate) fn several_ids(user: &User, facts: &HostFacts) -> Option<String> {
    let plan = UserPlan::new(user, facts).ok()?;
    plan.needs_outside().then(|| format!("{:?}", plan.maps))
}

/// Writes the maps from inside, and takes the uid that can make the rest of the sandbox.
pub(crate) fn enter(plan: &UserPlan) -> Result<(), Failure<'_>> {
    if let Maps::Own { uids, gids } = &plan.maps {
        if plan.undumpable {
            // Otherwise /proc/self belongs to root, and the process cannot open the map files.
            prctl::set_dumpable(true).at(Step::MapUids, Call::Prctl)?;
        }
        // Before gid_map: an ordinary user may write that only after giving up setgroups
        // (user_namespaces(7)). Kernels before 3.19 have neither the file nor the rule.
        match file::write_once(c"/proc/self/setgroups", b"deny") {
            Err(Errno::NOENT) => {}
            other => other.at(Step::DenySetgroups, Call::Write)?,
        }
        file::write_once(c"/proc/self/uid_map", uids).at(Step::MapUids, Call::Write)?;
        file::write_once(c"/proc/self/gid_map", gids).at(Step::MapGids, Call::Write)?;
    }
    match plan.init_id {
        Some(id) => take_id(id),
        None => Ok(()),
    }
}

/// Takes the body's own ids, as the last step before the test.
pub(crate) fn enter_body(plan: &UserPlan) -> Result<(), Failure<'_>> {
    if let Some(id) = plan.body_id {
        if plan.capabilities == Capabilities::Ambient {
            prctl::set_keepcaps(true).at(Step::SetCapabilities, Call::Prctl)?;
        }
        take_id(id)?;
        if plan.capabilities == Capabilities::Ambient {
            ids::use_permitted_capabilities().at(Step::SetCapabilities, Call::Capset)?;
        }
    }
    match plan.capabilities {
        Capabilities::OfRoot => Ok(()),
        Capabilities::Ambient => {
            ids::raise_ambient_capabilities().at(Step::SetCapabilities, Call::Prctl)
        }
        Capabilities::Dropped => ids::drop_capabilities().at(Step::SetCapabilities, Call::Capset),
    }?;
    // Last, because the kernel clears it with each change of ids. Without it, files of /proc/self
    // belong to an id outside.
    prctl::set_dumpable(true).at(Step::Become, Call::Prctl)
}

/// Returns the maps, and the uid of the body unless it becomes another.
fn maps(ids: &Ids, facts: &HostFacts) -> Result<(Maps, u32), SetupError> {
    Ok(match ids {
        Ids::One { uid, gid } => (own_maps(*uid, *gid, facts), *uid),
        Ids::Keep => (own_maps(facts.uid, facts.gid, facts), facts.uid),
        Ids::Auto => {
            let uids =
                outside::own_and_subordinate(facts.uid, facts.uid, "/etc/subuid", facts.real_root)?;
            let gids =
                outside::own_and_subordinate(facts.gid, facts.uid, "/etc/subgid", facts.real_root)?;
            (Maps::Outside { uids, gids }, 0)
        }
        Ids::Ranges { ids, gids } => {
            let gids = if gids.is_empty() { ids } else { gids };
            let (uids, gids) = (extents(ids, facts.uid), extents(gids, facts.gid));
            (Maps::Outside { uids, gids }, 0)
        }
    })
}

/// Returns a range of gids that exist inside.
fn groups(maps: &Maps, ids: &Ids, facts: &HostFacts) -> (u32, u32) {
    match (maps, ids) {
        (Maps::Outside { gids, .. }, _) => gids
            .last()
            .map_or((0, 0), |last| (last.inner, last.inner + (last.count - 1))),
        (_, Ids::One { gid, .. }) => (*gid, *gid),
        _ => (facts.gid, facts.gid),
    }
}

fn own_maps(uid: u32, gid: u32, facts: &HostFacts) -> Maps {
    Maps::Own {
        uids: format!("{uid} {} 1", facts.uid).into_bytes(),
        gids: format!("{gid} {} 1", facts.gid).into_bytes(),
    }
}

fn extents(ranges: &[Range], caller: u32) -> Vec<Extent> {
    let mut extents = Vec::new();
    for range in ranges {
        extents.push(Extent::of(range, caller));
    }
    extents
}

fn maps_id(ranges: &[Extent], id: u32) -> bool {
    ranges
        .iter()
        .any(|range| id >= range.inner && id - range.inner < range.count)
}

/// Checks that the id is mapped. Only a map of several ids permits another id.
fn check_mapped(maps: &Maps, id: u32) -> Result<(), SetupError> {
    let why = match maps {
        Maps::Outside { uids, gids } if maps_id(uids, id) && maps_id(gids, id) => return Ok(()),
        Maps::Outside { .. } => {
            "this id is not in the mapped ranges: add a range that contains it to `ids`"
        }
        Maps::Own { .. } | Maps::None => "only one id is mapped: add `ids`, which maps several",
    };
    Err(SetupError::new(Step::Prepare, Call::Check, Errno::INVAL)
        .asked_as(format!("become = {id}"))
        .because(why))
}

fn take_id(id: u32) -> Result<(), Failure<'static>> {
    ids::clear_groups().at(Step::Become, Call::Setgroups)?;
    ids::set_gid(id).at(Step::Become, Call::Setresgid)?;
    ids::set_uid(id).at(Step::Become, Call::Setresuid)
}
