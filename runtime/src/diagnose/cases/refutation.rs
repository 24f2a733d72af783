//! The other direction: a machine with a cause, and then one fact that refutes it. The cause must
//! disappear, whatever else is true.

use std::collections::BTreeMap;

use crate::diagnose::cause::Cause;
use crate::diagnose::diagnosis::diagnose;
use crate::diagnose::evidence::Evidence;
use crate::diagnose::key::Key;
use crate::diagnose::refusal::Suspect;
use crate::diagnose::requirement::Requirement;
use crate::error::{Call, SetupError};

use super::machines::{ALL, ERRNOS, Random, STEPS, evidence};

/// A cause, a fact that excludes it, and how a machine gets the fact. The last argument is the kind
/// of namespace that was refused.
type Fact = (Cause, &'static str, fn(&mut Evidence, &'static str));

#[test]
fn a_refuted_cause_is_never_printed() {
    const ROUNDS: u32 = 40_000;
    let (mut random, seed) = Random::seeded();
    let mut tried = BTreeMap::new();
    for _ in 0..ROUNDS {
        let machine = evidence(&mut random);
        let error = SetupError::new(random.of(STEPS), Call::Clone3, random.of(ERRNOS));
        let key = Key {
            requirement: random.of(&Requirement::ALL),
            host: random.chance(8),
            error: &error,
        };
        for cause in causes(key, &machine) {
            for (_, fact, make_true) in FACTS.iter().filter(|fact| fact.0 == cause) {
                let mut refuted = machine.clone();
                make_true(&mut refuted, key.requirement.kind());
                assert!(
                    !causes(key, &refuted).contains(&cause),
                    "NS_TEST_SEED={seed}: {cause:?} in spite of `{fact}`\n{key:?}\n{refuted:#?}"
                );
                *tried.entry((format!("{cause:?}"), *fact)).or_insert(0) += 1;
            }
        }
    }
    // Otherwise a fact would be in the table and show nothing.
    for (cause, fact, _) in FACTS {
        let count = tried.get(&(format!("{cause:?}"), *fact));
        assert!(
            count.is_some(),
            "NS_TEST_SEED={seed}: never {cause:?}, {fact}"
        );
    }
}

#[test]
fn every_cause_can_be_refuted() {
    // Its evidence is the errno itself.
    let refutable = ALL.into_iter().filter(|cause| *cause != Cause::NoModule);
    for cause in refutable {
        assert!(FACTS.iter().any(|fact| fact.0 == cause), "{cause:?}");
    }
}

fn causes(key: Key<'_>, evidence: &Evidence) -> Vec<Cause> {
    diagnose(key, evidence).iter().map(Suspect::cause).collect()
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn limit(evidence: &mut Evidence, kind: &'static str, limit: Option<u64>) {
    evidence.limits.retain(|(other, _)| *other != kind);
    evidence.limits.extend(limit.map(|limit| (kind, limit)));
}

const FACTS: &[Fact] = &[
    (Cause::AppArmor, "the sysctl is 0", |it, _| {
        it.apparmor_restricts = Some(0);
    }),
    (Cause::AppArmor, "there is no sysctl", |it, _| {
        it.apparmor_restricts = None;
    }),
    (Cause::AppArmorProfile, "unconfined", |it, _| {
        it.label = text("unconfined");
    }),
    (
        Cause::AppArmorProfile,
        "the profile only complains",
        |it, _| {
            it.label = text("my-tests (complain)");
        },
    ),
    (Cause::AppArmorProfile, "no label", |it, _| {
        it.label = None;
    }),
    (Cause::Selinux, "permissive", |it, _| {
        it.selinux_enforces = false;
    }),
    (Cause::SecurityModule, "only Yama and Landlock", |it, _| {
        it.security_modules = text("capability,landlock,yama");
    }),
    (
        Cause::SecurityModule,
        "only lockdown and integrity",
        |it, _| {
            it.security_modules = text("lockdown,capability,ima,evm");
        },
    ),
    (Cause::UsersMayNot, "the sysctl is 1", |it, _| {
        it.userns_clone = Some(1);
    }),
    (Cause::UsersMayNot, "there is no sysctl", |it, _| {
        it.userns_clone = None;
    }),
    (Cause::UsersMayNot, "CAP_SYS_ADMIN", |it, _| {
        it.privileged = true;
    }),
    (Cause::UnmappedCaller, "the uid is mapped", |it, _| {
        it.unmapped = None;
    }),
    (Cause::NotPrivileged, "CAP_SYS_ADMIN", |it, _| {
        it.privileged = true;
    }),
    (Cause::Forbidden, "the limit is high", |it, kind| {
        limit(it, kind, Some(60_000));
    }),
    (Cause::Forbidden, "there is no limit", |it, kind| {
        limit(it, kind, None);
    }),
    (
        Cause::LimitReached,
        "the limit is 0, and forbids all",
        |it, kind| {
            limit(it, kind, Some(0));
        },
    ),
    (Cause::LimitReached, "there is no limit", |it, kind| {
        limit(it, kind, None);
    }),
    (
        Cause::TooDeep,
        "the limit is 0, and forbids all",
        |it, kind| {
            limit(it, kind, Some(0));
        },
    ),
    (Cause::TooDeep, "there is no limit", |it, kind| {
        limit(it, kind, None);
    }),
    (Cause::MaskedProc, "nothing covers /proc", |it, _| {
        it.mounts.below_proc.clear();
    }),
    (Cause::MaskedSys, "nothing covers /sys", |it, _| {
        it.mounts.below_sys.clear();
    }),
    (Cause::PartialSys, "nothing covers /sys", |it, _| {
        it.mounts.below_sys.clear();
    }),
    (Cause::MaskedSys, "a sysfs is visible whole", |it, _| {
        it.mounts.whole_sysfs = true;
    }),
    (Cause::PartialSys, "a sysfs is visible whole", |it, _| {
        it.mounts.whole_sysfs = true;
    }),
    (Cause::NoSys, "a sysfs is visible whole", |it, _| {
        it.mounts.whole_sysfs = true;
    }),
    (Cause::ReadOnlyProc, "/proc is writable", |it, _| {
        it.mounts.proc_read_only = false;
    }),
    (Cause::NoProc, "there is a /proc", |it, _| {
        it.proc = true;
    }),
    (
        Cause::Chroot,
        "/ is the root of PID 1 and of the mounts",
        |it, _| {
            (it.other_root, it.mounts.lacks_root) = (Some(false), false);
        },
    ),
    (Cause::Gvisor, "another kernel", |it, _| {
        it.version = "Linux version 6.12.0".to_owned();
    }),
    (Cause::Wsl, "another kernel", |it, _| {
        it.version = "Linux version 6.12.0".to_owned();
    }),
    (Cause::OldKernel, "another kernel", |it, _| {
        it.version = "Linux version 6.12.0".to_owned();
    }),
    (Cause::NotBuilt, "the kernel has this kind", |it, kind| {
        it.kinds.push(kind);
    }),
    (Cause::NoFileSystem, "the kernel has it", |it, _| {
        it.file_systems = ["proc", "sysfs", "overlay"].map(ToOwned::to_owned).into();
    }),
    (
        Cause::NoFileSystem,
        "/proc/filesystems is empty",
        |it, _| {
            it.file_systems.clear();
        },
    ),
    (Cause::Docker, "no /.dockerenv", |it, _| {
        it.environment.docker = false;
    }),
    (Cause::Podman, "no /run/.containerenv", |it, _| {
        it.environment.podman = false;
    }),
    (Cause::Kubernetes, "not in a pod", |it, _| {
        it.environment.kubernetes = false;
    }),
    (Cause::GithubContainer, "not on GitHub", |it, _| {
        it.environment.github = false;
    }),
    (Cause::Gitlab, "not on GitLab", |it, _| {
        it.environment.gitlab = false;
    }),
    (Cause::Systemd, "no service", |it, _| {
        it.environment.service = None;
    }),
    (Cause::Docker, "Seccomp: 0", |it, _| {
        it.seccomp = Some(0);
    }),
    (Cause::Docker, "Seccomp: 1", |it, _| {
        it.seccomp = Some(1);
    }),
    (Cause::Podman, "Seccomp: 0", |it, _| {
        it.seccomp = Some(0);
    }),
    (Cause::Podman, "Seccomp: 1", |it, _| {
        it.seccomp = Some(1);
    }),
    (Cause::Kubernetes, "Seccomp: 0", |it, _| {
        it.seccomp = Some(0);
    }),
    (Cause::Kubernetes, "Seccomp: 1", |it, _| {
        it.seccomp = Some(1);
    }),
    (Cause::GithubContainer, "Seccomp: 0", |it, _| {
        it.seccomp = Some(0);
    }),
    (Cause::GithubContainer, "Seccomp: 1", |it, _| {
        it.seccomp = Some(1);
    }),
    (Cause::Gitlab, "Seccomp: 0", |it, _| {
        it.seccomp = Some(0);
    }),
    (Cause::Gitlab, "Seccomp: 1", |it, _| {
        it.seccomp = Some(1);
    }),
    (Cause::Systemd, "Seccomp: 0", |it, _| {
        it.seccomp = Some(0);
    }),
    (Cause::Systemd, "Seccomp: 1", |it, _| {
        it.seccomp = Some(1);
    }),
    (Cause::Filter, "Seccomp: 0", |it, _| {
        it.seccomp = Some(0);
    }),
    (Cause::Filter, "Seccomp: 1", |it, _| {
        it.seccomp = Some(1);
    }),
];
