//! The caller's surroundings: covered /proc and /sys, chroots, ids without a map, privileges.

use crate::diagnose::cause::Cause;
use crate::diagnose::diagnosis::diagnose;
use crate::diagnose::environment::Environment;
use crate::diagnose::evidence::Evidence;
use crate::diagnose::key::Key;
use crate::diagnose::mount_table::MountTable;
use crate::diagnose::refusal::Suspect;
use crate::diagnose::requirement::Requirement;
use crate::error::{Call, Errno, SetupError, Step};

use super::machine::{causes, of_user, sound, suspects, whole};

#[test]
fn covered_proc_and_sys() {
    let covered = Evidence {
        mounts: MountTable {
            below_proc: vec!["/proc/kcore".to_owned(), "/proc/keys".to_owned()],
            below_sys: vec!["/sys/firmware".to_owned()],
            whole_sysfs: false,
            ..whole()
        },
        environment: Environment {
            docker: true,
            ..Environment::default()
        },
        ..sound()
    };
    let proc = suspects(Requirement::Proc, Step::MountProc, Errno::PERM, &covered);
    assert_eq!(proc[0].cause(), Cause::MaskedProc);
    assert_eq!(
        proc[0].evidence(),
        [
            "mounts in /proc/self/mountinfo: /proc/kcore /proc/keys",
            "/.dockerenv exists, and /etc/hosts is a mount"
        ]
    );
    assert!(proc[0].remedy().contains("systempaths=unconfined"));
    assert!(proc[0].remedy().contains("pid(proc = false)"));
    assert_eq!(
        causes(Requirement::Sys, Step::MountSys, Errno::PERM, &covered),
        [Cause::MaskedSys]
    );
}

#[test]
fn read_only_proc() {
    let read_only = Evidence {
        mounts: MountTable {
            proc_read_only: true,
            ..whole()
        },
        ..sound()
    };
    assert_eq!(
        causes(Requirement::Proc, Step::MountProc, Errno::PERM, &read_only),
        [Cause::ReadOnlyProc]
    );
    assert_eq!(
        causes(Requirement::User, Step::MapUids, Errno::ROFS, &read_only),
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
        causes(Requirement::User, Step::MapUids, Errno::NOENT, &bare),
        [Cause::NoProc]
    );
    assert_eq!(
        causes(Requirement::Proc, Step::MountProc, Errno::PERM, &bare),
        [Cause::NoProc]
    );
    // A kind missing in /proc/self/ns then proves nothing.
    assert_eq!(of_user(Errno::INVAL, &bare), []);
}

#[test]
fn chroots() {
    let seen = Evidence {
        mounts: MountTable {
            lacks_root: true,
            ..whole()
        },
        ..sound()
    };
    assert_eq!(of_user(Errno::PERM, &seen), [Cause::Chroot]);
    let seen_by_root = Evidence {
        other_root: Some(true),
        ..sound()
    };
    assert_eq!(of_user(Errno::PERM, &seen_by_root), [Cause::Chroot]);
    // A chroot to a mount point leaves no trace, unless the caller can see PID 1's root.
    assert_eq!(of_user(Errno::PERM, &sound()), [Cause::SecurityModule]);
    let unseen = Evidence {
        other_root: None,
        ..sound()
    };
    assert_eq!(
        of_user(Errno::PERM, &unseen),
        [Cause::Chroot, Cause::SecurityModule]
    );
    let without_modules = Evidence {
        security_modules: Some("capability,landlock,yama".to_owned()),
        ..unseen
    };
    assert_eq!(of_user(Errno::PERM, &without_modules), [Cause::Chroot]);
}

/// Returns the one cause of a failed mount of /sys, and its remedy.
fn of_sys(mounts: MountTable, environment: Environment) -> (Cause, String) {
    let evidence = Evidence {
        mounts,
        environment,
        ..sound()
    };
    let found = suspects(Requirement::Sys, Step::MountSys, Errno::PERM, &evidence);
    assert_eq!(found.len(), 1, "{found:?}");
    let remedy = found[0].remedy().to_owned();
    assert!(remedy.contains("net(sys = false)"), "{remedy}");
    (found[0].cause(), remedy)
}

#[test]
fn files_of_sys_covered_by_lxc() {
    let environment = Environment {
        lxc: true,
        ..Environment::default()
    };
    let covered = MountTable {
        below_sys: vec!["/sys/devices/system/cpu/online".to_owned()],
        whole_sysfs: false,
        ..whole()
    };
    let (cause, remedy) = of_sys(covered, environment);
    assert_eq!(cause, Cause::MaskedSys);
    assert!(remedy.contains("security.nesting=true"), "{remedy}");
}

#[test]
fn parts_of_a_sysfs_by_nspawn() {
    let environment = Environment {
        nspawn: true,
        ..Environment::default()
    };
    let parts = MountTable {
        below_sys: vec!["/sys/block".to_owned(), "/sys/class".to_owned()],
        type_of_sys: Some("tmpfs".to_owned()),
        whole_sysfs: false,
        ..whole()
    };
    let (cause, remedy) = of_sys(parts.clone(), environment);
    assert_eq!(cause, Cause::PartialSys);
    assert!(remedy.contains("SYSTEMD_NSPAWN_API_VFS_WRITABLE=1"));
    let (_, remedy) = of_sys(parts, Environment::default());
    assert!(!remedy.contains("NSPAWN"), "{remedy}");
}

#[test]
fn no_sysfs() {
    let none = MountTable {
        type_of_sys: None,
        whole_sysfs: false,
        ..whole()
    };
    assert_eq!(of_sys(none, Environment::default()).0, Cause::NoSys);
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
        requirement: Requirement::Net,
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
