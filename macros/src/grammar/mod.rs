//! All names of the grammar and their meaning.

mod group;
mod key;
mod nearest;
mod tables;
mod unknown;

pub(crate) use group::Group;
pub(crate) use key::{Field, Key, Kind};
pub(crate) use nearest::nearest;
pub(crate) use tables::{
    BIND, CGROUP, ENV, FROM, INPUTS, IPC, LIMIT, MOUNT, NAMESPACES, NET, OVERLAY, PID, PREPARED,
    SYSCTL, TIME, TMPFS, TOP, USER, UTS,
};
pub(crate) use unknown::unknown;
