//! Settings that forbid namespaces: AppArmor's, Debian's, the limits, the labels of security
//! modules.

use crate::diagnose::cause::Cause;
use crate::diagnose::environment::Environment;
use crate::diagnose::evidence::Evidence;
use crate::diagnose::refusal::Suspect;
use crate::diagnose::requirement::Requirement;
use crate::error::{Errno, Step};

use super::machine::{causes, of_user, sound, suspects};

#[test]
fn apparmor_takes_the_capabilities() {
    let ubuntu = Evidence {
        apparmor_restricts: Some(1),
        label: Some("unconfined".to_owned()),
        ..sound()
    };
    for (step, errno) in [
        (Step::DenySetgroups, Errno::ACCES),
        (Step::MapUids, Errno::PERM),
        (Step::MapUids, Errno::ACCES),
        // The profile's file is absent.
        (Step::MakeNamespaces, Errno::ACCES),
    ] {
        let found = suspects(Requirement::User, step, errno, &ubuntu);
        assert_eq!(
            found,
            [Suspect {
                cause: Cause::AppArmor,
                evidence: vec![
                    "kernel.apparmor_restrict_unprivileged_userns = 1".to_owned(),
                    "/proc/self/attr/current is unconfined".to_owned()
                ],
                remedy: "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0; to make it permanent, put the setting in /etc/sysctl.d/60-userns.conf".to_owned(),
            }]
        );
    }
    // Without the sysctl the same errnos have another cause.
    assert_eq!(
        causes(Requirement::User, Step::MapUids, Errno::PERM, &sound()),
        [Cause::SecurityModule]
    );
}

#[test]
fn apparmor_on_github_and_below_a_container() {
    let remedy = |environment| {
        let evidence = Evidence {
            apparmor_restricts: Some(1),
            environment,
            ..sound()
        };
        suspects(
            Requirement::User,
            Step::DenySetgroups,
            Errno::ACCES,
            &evidence,
        )[0]
        .remedy()
        .to_owned()
    };
    let job = Environment {
        github: true,
        ..Environment::default()
    };
    assert!(remedy(job.clone()).starts_with("add a step before the tests: `- run: sudo sysctl -w"));
    let container = Environment {
        docker: true,
        ..job
    };
    assert!(remedy(container).contains("on the host"));
}

/// Debian's kernels check the sysctl before they validate the flags. So they also refuse the call
/// that should show a filter (observed with 5.10, 6.1 and 6.12).
#[test]
fn sysctl_of_debian() {
    let debian = Evidence {
        userns_clone: Some(0),
        filtered: Vec::from([("user", Errno::PERM)]),
        ..sound()
    };
    for docker in [false, true] {
        let environment = Environment {
            docker,
            ..Environment::default()
        };
        let evidence = Evidence {
            environment,
            ..debian.clone()
        };
        let step = Step::MakeNamespaces;
        let found = suspects(Requirement::User, step, Errno::PERM, &evidence);
        let expected = Suspect {
            cause: Cause::UsersMayNot,
            evidence: vec!["kernel.unprivileged_userns_clone = 0".to_owned()],
            remedy: "sudo sysctl -w kernel.unprivileged_userns_clone=1".to_owned(),
        };
        assert_eq!(found, [expected]);
    }
    // A filter on other kinds as well: both causes have to be removed.
    let both = Evidence {
        seccomp: Some(2),
        filtered: Vec::from([("user", Errno::PERM), ("net", Errno::PERM)]),
        ..debian.clone()
    };
    assert_eq!(
        of_user(Errno::PERM, &both),
        [Cause::UsersMayNot, Cause::Filter]
    );
    // The sysctl applies to ordinary users only.
    let root = Evidence {
        privileged: true,
        ..debian
    };
    assert_eq!(of_user(Errno::PERM, &root), [Cause::SecurityModule]);
}

#[test]
fn file_systems_that_the_kernel_lacks() {
    let lacking = Evidence {
        file_systems: vec!["proc".to_owned(), "sysfs".to_owned()],
        ..sound()
    };
    let found = suspects(Requirement::Ipc, Step::MountMqueue, Errno::NODEV, &lacking);
    assert_eq!(
        found,
        [Suspect {
            cause: Cause::NoFileSystem,
            evidence: vec!["/proc/filesystems has no mqueue".to_owned()],
            remedy: "use a kernel with CONFIG_POSIX_MQUEUE".to_owned(),
        }]
    );
    // This kernel has the sysctl.
    assert_eq!(
        causes(Requirement::Sys, Step::MountSys, Errno::NODEV, &lacking),
        []
    );
}

#[test]
fn limits() {
    let with = |kind, limit| Evidence {
        limits: Vec::from([(kind, limit)]),
        ..sound()
    };
    for errno in [Errno::NOSPC, Errno::USERS] {
        assert_eq!(of_user(errno, &with("user", 0)), [Cause::Forbidden]);
        assert_eq!(
            of_user(errno, &with("user", 5)),
            [Cause::LimitReached, Cause::TooDeep]
        );
    }
    let net = |limit| {
        suspects(
            Requirement::Net,
            Step::MakeNamespaces,
            Errno::NOSPC,
            &with("net", limit),
        )
    };
    assert_eq!(net(0)[0].cause(), Cause::Forbidden);
    assert_eq!(net(0)[0].evidence(), ["user.max_net_namespaces = 0"]);
    assert_eq!(
        net(0)[0].remedy(),
        "sudo sysctl -w user.max_net_namespaces=15000"
    );
    assert_eq!(net(3).len(), 1);
    assert_eq!(net(3)[0].cause(), Cause::LimitReached);
}

#[test]
fn profile_of_a_container() {
    let confined = Evidence {
        label: Some("docker-default (enforce)".to_owned()),
        ..sound()
    };
    assert_eq!(
        causes(
            Requirement::Mount,
            Step::CutPropagation,
            Errno::ACCES,
            &confined
        ),
        [Cause::AppArmorProfile]
    );
}

/// Outside a container the remedy names the profile and the rule.
#[test]
fn profile_of_a_program() {
    let confined = Evidence {
        label: Some("runner (enforce)".to_owned()),
        ..sound()
    };
    let rule = |requirement, step, errno| {
        let found = suspects(requirement, step, errno, &confined);
        assert_eq!(found[0].cause(), Cause::AppArmorProfile);
        found[0].remedy().to_owned()
    };
    let mounts = rule(Requirement::Mount, Step::CutPropagation, Errno::ACCES);
    assert!(
        mounts.starts_with("add the rule `mount, umount, pivot_root,` to the profile `runner` ")
    );
    let made = rule(Requirement::Net, Step::MakeNamespaces, Errno::PERM);
    assert!(made.starts_with("add the rule `userns, capability,` to the profile `runner` "));
    let mapped = rule(Requirement::User, Step::DenySetgroups, Errno::ACCES);
    assert!(mapped.starts_with("add the rule `capability,` to the profile `runner` "));
}

#[test]
fn selinux() {
    let enforcing = Evidence {
        selinux_enforces: true,
        label: Some("system_u:system_r:container_t:s0".to_owned()),
        ..sound()
    };
    assert_eq!(of_user(Errno::ACCES, &enforcing), [Cause::Selinux]);
    let both = Evidence {
        apparmor_restricts: Some(1),
        ..enforcing
    };
    assert_eq!(
        of_user(Errno::ACCES, &both),
        [Cause::AppArmor, Cause::Selinux]
    );
    assert_eq!(of_user(Errno::ACCES, &sound()), [Cause::SecurityModule]);
}
