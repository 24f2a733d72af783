//! The table of refusals, row by row, with made-up evidence: first step and errno, what the machine shows, what it comes to.

mod filters;
mod kernels;
mod places;
mod property;
mod settings;

use std::collections::BTreeMap;

use crate::diagnose::cause::Cause;
use crate::diagnose::diagnosis::diagnose;
use crate::diagnose::environment::Marks;
use crate::diagnose::evidence::Evidence;
use crate::diagnose::key::Key;
use crate::diagnose::mount_table::Mounts;
use crate::diagnose::refusal::Suspect;
use crate::diagnose::requirement::Need;
use crate::error::{Call, Errno, SetupError, Step};

/// A machine on which nothing is wrong.
fn sound() -> Evidence {
    Evidence {
        proc: true,
        kinds: vec!["user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"],
        other_root: Some(false),
        mounts: whole(),
        seccomp: Some(0),
        version: "Linux version 6.8.0-41-generic (build@host) ..".to_owned(),
        limits: BTreeMap::from([("user", 60_000), ("net", 60_000)]),
        ..Evidence::default()
    }
}

/// Nothing covers /proc and /sys.
fn whole() -> Mounts {
    Mounts {
        type_of_sys: Some("sysfs".to_owned()),
        whole_sysfs: true,
        ..Mounts::default()
    }
}

fn filtering(errno: Errno, marks: Marks) -> Evidence {
    Evidence {
        seccomp: Some(2),
        filtered: BTreeMap::from([("user", errno), ("net", errno)]),
        marks,
        ..sound()
    }
}

fn suspects(need: Need, step: Step, errno: Errno, evidence: &Evidence) -> Vec<Suspect> {
    let error = SetupError::new(step, Call::Check, errno);
    let key = Key {
        need,
        host: false,
        error: &error,
    };
    diagnose(key, evidence)
}

fn causes(need: Need, step: Step, errno: Errno, evidence: &Evidence) -> Vec<Cause> {
    let suspects = suspects(need, step, errno, evidence);
    suspects.iter().map(Suspect::cause).collect()
}

/// Of `clone` with a user namespace.
fn of_user(errno: Errno, evidence: &Evidence) -> Vec<Cause> {
    causes(Need::User, Step::MakeNamespaces, errno, evidence)
}
