//! The table of refusals, row by row, with made-up evidence: first step and errno, what the machine shows, what it comes to.

use std::collections::BTreeMap;

use crate::error::{Call, Errno, SetupError, Step};

use super::cause::Cause;
use super::diagnosis::{Key, diagnose};
use super::evidence::Evidence;
use super::marks::Marks;
use super::mounts::Mounts;
use super::need::Need;
use super::refusal::Suspect;

/// A machine on which nothing is wrong.
fn sound() -> Evidence {
    Evidence {
        proc: true,
        kinds: vec!["user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"],
        other_root: Some(false),
        seccomp: Some(0),
        version: "Linux version 6.8.0-41-generic (build@host) ..".to_owned(),
        limits: BTreeMap::from([("user", 60_000), ("net", 60_000)]),
        ..Evidence::default()
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
        // Where the file of the profile is absent.
        (Step::MakeNamespaces, Errno::ACCES),
    ] {
        let found = suspects(Need::User, step, errno, &ubuntu);
        assert_eq!(
            found,
            [Suspect {
                cause: Cause::AppArmor,
                evidence: vec![
                    "kernel.apparmor_restrict_unprivileged_userns = 1".to_owned(),
                    "/proc/self/attr/current is unconfined".to_owned()
                ],
                remedy: "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0; to keep it, the setting in /etc/sysctl.d/60-userns.conf".to_owned(),
            }]
        );
    }
    // The same errnos without the sysctl are somebody else's.
    assert_eq!(
        causes(Need::User, Step::MapUids, Errno::PERM, &sound()),
        [Cause::SecurityModule]
    );
}

#[test]
fn apparmor_on_github_and_below_a_container() {
    let remedy = |marks| {
        let evidence = Evidence {
            apparmor_restricts: Some(1),
            marks,
            ..sound()
        };
        suspects(Need::User, Step::DenySetgroups, Errno::ACCES, &evidence)[0]
            .remedy()
            .to_owned()
    };
    let job = Marks {
        github: true,
        ..Marks::default()
    };
    assert!(remedy(job.clone()).starts_with("a step before the tests: `- run: sudo sysctl -w"));
    let container = Marks {
        docker: true,
        ..job
    };
    assert!(remedy(container).contains("on the host"));
}

#[test]
fn sysctl_of_debian() {
    let debian = Evidence {
        userns_clone: Some(0),
        ..sound()
    };
    assert_eq!(of_user(Errno::PERM, &debian), [Cause::UsersMayNot]);
    // It concerns ordinary users alone.
    let root = Evidence {
        privileged: true,
        ..debian
    };
    assert_eq!(
        of_user(Errno::PERM, &root),
        [Cause::Chroot, Cause::SecurityModule]
    );
}

#[test]
fn limits() {
    let with = |kind, limit| Evidence {
        limits: BTreeMap::from([(kind, limit)]),
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
            Need::Net,
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

/// What a machine is marked with.
fn marks(set: impl Fn(&mut Marks)) -> Marks {
    let mut marks = Marks::default();
    set(&mut marks);
    marks
}

#[test]
fn filters_by_their_owner() {
    let service = |marks: &mut Marks| marks.service = Some("runner.service".to_owned());
    for (marks, cause) in [
        (marks(|it| it.docker = true), Cause::Docker),
        (marks(|it| it.podman = true), Cause::Podman),
        (
            marks(|it| (it.kubernetes, it.docker) = (true, true)),
            Cause::Kubernetes,
        ),
        (
            marks(|it| (it.github, it.docker) = (true, true)),
            Cause::GithubContainer,
        ),
        (
            marks(|it| (it.gitlab, it.docker) = (true, true)),
            Cause::Gitlab,
        ),
        (marks(service), Cause::Systemd),
        // GitHub's host job is no container.
        (marks(|it| it.github = true), Cause::Filter),
    ] {
        let evidence = filtering(Errno::PERM, marks);
        assert_eq!(of_user(Errno::PERM, &evidence), [cause]);
    }
}

#[test]
fn filters_are_told_from_the_kernel() {
    // There is a filter, but it lets this call pass.
    let silent = Evidence {
        filtered: BTreeMap::new(),
        mounts: Mounts {
            lacks_root: true,
            ..Mounts::default()
        },
        ..filtering(Errno::PERM, Marks::default())
    };
    assert_eq!(of_user(Errno::PERM, &silent), [Cause::Chroot]);
}

#[test]
fn systemd_kind_by_kind() {
    let service = Marks {
        service: Some("runner.service".to_owned()),
        ..Marks::default()
    };
    let evidence = Evidence {
        filtered: BTreeMap::from([("net", Errno::PERM)]),
        ..filtering(Errno::PERM, service)
    };
    assert_eq!(
        causes(Need::Net, Step::MakeNamespaces, Errno::PERM, &evidence),
        [Cause::Systemd]
    );
}

#[test]
fn podman_after_the_namespaces() {
    let podman = Evidence {
        seccomp: Some(2),
        marks: Marks {
            podman: true,
            ..Marks::default()
        },
        ..sound()
    };
    assert_eq!(
        causes(Need::HostName, Step::SetHostName, Errno::PERM, &podman),
        [Cause::Podman]
    );
    assert_eq!(
        causes(Need::Mount, Step::MakeReadOnly, Errno::NOSYS, &podman),
        [Cause::Podman]
    );
    // Without a filter nothing explains it.
    assert_eq!(
        causes(Need::HostName, Step::SetHostName, Errno::PERM, &sound()),
        []
    );
}

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
fn profile_of_a_container() {
    let confined = Evidence {
        label: Some("docker-default (enforce)".to_owned()),
        ..sound()
    };
    assert_eq!(
        causes(Need::Mount, Step::CutPropagation, Errno::ACCES, &confined),
        [Cause::AppArmorProfile]
    );
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
fn kernels_that_lack_it() {
    let without = |kind: &str, version: &str| {
        let mut evidence = sound();
        evidence.kinds.retain(|known| *known != kind);
        evidence.version = version.to_owned();
        evidence
    };
    let time = |version| {
        suspects(
            Need::Time,
            Step::MakeNamespaces,
            Errno::INVAL,
            &without("time", version),
        )
    };
    let built = time("Linux version 5.4.0 (gcc)");
    assert_eq!(built[0].cause(), Cause::NotBuilt);
    assert_eq!(built[0].evidence(), ["/proc/self/ns/time is missing"]);
    assert_eq!(built[0].remedy(), "a kernel with CONFIG_TIME_NS");
    let wsl = time("Linux version 5.15.153.1-microsoft-standard-WSL2");
    assert_eq!(wsl[0].cause(), Cause::Wsl);
    let first = without("user", "Linux version 4.4.0-19041-Microsoft");
    assert_eq!(of_user(Errno::INVAL, &first), [Cause::Wsl]);
    // It is there, so that this is no reason.
    assert_eq!(of_user(Errno::INVAL, &sound()), []);
}

#[test]
fn gvisor() {
    let sandboxed = |version: &str| Evidence {
        version: version.to_owned(),
        ..sound()
    };
    let gvisor = sandboxed("Linux version 4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016");
    assert_eq!(of_user(Errno::INVAL, &gvisor), [Cause::Gvisor]);
    let ubuntu = sandboxed("Linux version 4.4.0-210-generic (buildd@lgw01)");
    assert_eq!(of_user(Errno::INVAL, &ubuntu), []);
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
