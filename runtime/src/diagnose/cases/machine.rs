//! Evidence of made-up machines, and what the diagnosis makes of it.

use crate::diagnose::cause::Cause;
use crate::diagnose::diagnosis::diagnose;
use crate::diagnose::environment::Environment;
use crate::diagnose::evidence::Evidence;
use crate::diagnose::key::Key;
use crate::diagnose::mount_table::MountTable;
use crate::diagnose::refusal::Suspect;
use crate::diagnose::requirement::Requirement;
use crate::error::{Call, Errno, SetupError, Step};

/// Returns the evidence of a machine without faults.
pub(super) fn sound() -> Evidence {
    Evidence {
        proc: true,
        kinds: vec!["user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"],
        other_root: Some(false),
        mounts: whole(),
        seccomp: Some(0),
        version: "Linux version 6.8.0-41-generic (build@host) ..".to_owned(),
        limits: Vec::from([("user", 60_000), ("net", 60_000)]),
        ..Evidence::default()
    }
}

/// Returns a mount table where nothing covers /proc and /sys.
pub(super) fn whole() -> MountTable {
    MountTable {
        type_of_sys: Some("sysfs".to_owned()),
        whole_sysfs: true,
        ..MountTable::default()
    }
}

pub(super) fn filtering(errno: Errno, environment: Environment) -> Evidence {
    Evidence {
        seccomp: Some(2),
        filtered: Vec::from([("user", errno), ("net", errno)]),
        environment,
        ..sound()
    }
}

pub(super) fn suspects(
    requirement: Requirement,
    step: Step,
    errno: Errno,
    evidence: &Evidence,
) -> Vec<Suspect> {
    let error = SetupError::new(step, Call::Check, errno);
    let key = Key {
        requirement,
        host: false,
        error: &error,
    };
    diagnose(key, evidence)
}

pub(super) fn causes(
    requirement: Requirement,
    step: Step,
    errno: Errno,
    evidence: &Evidence,
) -> Vec<Cause> {
    let suspects = suspects(requirement, step, errno, evidence);
    suspects.iter().map(Suspect::cause).collect()
}

/// Returns the diagnosis of `clone` with a user namespace.
pub(super) fn of_user(errno: Errno, evidence: &Evidence) -> Vec<Cause> {
    causes(Requirement::User, Step::MakeNamespaces, errno, evidence)
}
