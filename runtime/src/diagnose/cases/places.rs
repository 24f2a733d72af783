//! Where the caller stands: what covers /proc and /sys, chroots, ids without a map, privileges.

use crate::diagnose::cause::Cause;
use crate::diagnose::diagnosis::{Key, diagnose};
use crate::diagnose::environment::Marks;
use crate::diagnose::evidence::Evidence;
use crate::diagnose::mount_table::Mounts;
use crate::diagnose::refusal::Suspect;
use crate::diagnose::requirement::Need;
use crate::error::{Call, Errno, SetupError, Step};

use super::{causes, of_user, sound, suspects};

#[test]
fn covered_proc_and_sys() {
    let covered = Evidence {
        mounts: Mounts {
            below_proc: vec!["/proc/kcore".to_owned(), "/proc/keys".to_owned()],
            below_sys: vec!["/sys/firmware".to_owned()],
            ..Mounts::default()
        },
        marks: Marks {
            docker: true,
            ..Marks::default()
        },
        ..sound()
    };
    let proc = suspects(Need::Proc, Step::MountProc, Errno::PERM, &covered);
    assert_eq!(proc[0].cause(), Cause::MaskedProc);
    assert_eq!(
        proc[0].evidence(),
        ["mounts in /proc/self/mountinfo: /proc/kcore /proc/keys"]
    );
    assert!(proc[0].remedy().contains("systempaths=unconfined"));
    assert!(proc[0].remedy().contains("pid(proc = false)"));
    assert_eq!(
        causes(Need::Sys, Step::MountSys, Errno::PERM, &covered),
        [Cause::MaskedSys]
    );
    let read_only = Evidence {
        mounts: Mounts {
            proc_read_only: true,
            ..Mounts::default()
        },
        ..sound()
    };
    assert_eq!(
        causes(Need::Proc, Step::MountProc, Errno::PERM, &read_only),
        [Cause::ReadOnlyProc]
    );
    assert_eq!(
        causes(Need::User, Step::MapUids, Errno::ROFS, &read_only),
        [Cause::ReadOnlyProc]
    );
}

#[test]
fn no_proc() {
    let bare = Evidence {
        proc: false,
        kinds: Vec::new(),
        ..sound()
    };
    assert_eq!(
        causes(Need::User, Step::MapUids, Errno::NOENT, &bare),
        [Cause::NoProc]
    );
    assert_eq!(
        causes(Need::Proc, Step::MountProc, Errno::PERM, &bare),
        [Cause::NoProc]
    );
    // What lacks in /proc/self/ns says nothing then.
    assert_eq!(of_user(Errno::INVAL, &bare), []);
}

#[test]
fn chroots() {
    let seen = Evidence {
        mounts: Mounts {
            lacks_root: true,
            ..Mounts::default()
        },
        ..sound()
    };
    assert_eq!(of_user(Errno::PERM, &seen), [Cause::Chroot]);
    let seen_by_root = Evidence {
        other_root: Some(true),
        ..sound()
    };
    assert_eq!(of_user(Errno::PERM, &seen_by_root), [Cause::Chroot]);
    // To where something is mounted: no trace.
    assert_eq!(
        of_user(Errno::PERM, &sound()),
        [Cause::Chroot, Cause::SecurityModule]
    );
}

#[test]
fn unmapped_callers() {
    let unmapped = Evidence {
        unmapped: Some(65_534),
        ..sound()
    };
    assert_eq!(of_user(Errno::PERM, &unmapped), [Cause::UnmappedCaller]);
}

#[test]
fn host_needs_privileges() {
    let error = SetupError::new(Step::MakeNamespaces, Call::Clone3, Errno::PERM);
    let key = Key {
        need: Need::Net,
        host: true,
        error: &error,
    };
    let cause = |evidence: &Evidence| diagnose(key, evidence).first().map(Suspect::cause);
    assert_eq!(cause(&sound()), Some(Cause::NotPrivileged));
    let root = Evidence {
        privileged: true,
        ..sound()
    };
    assert_eq!(cause(&root), None);
}
