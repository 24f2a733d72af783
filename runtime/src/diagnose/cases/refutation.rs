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

/// A fact, and how a machine gets it.
type Fact = (&'static str, fn(&mut Evidence, &'static str));

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
            for (fact, make_true) in refutations(cause) {
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
    for cause in ALL {
        for (fact, _) in refutations(cause) {
            let count = tried.get(&(format!("{cause:?}"), *fact));
            assert!(
                count.is_some(),
                "NS_TEST_SEED={seed}: never {cause:?}, {fact}"
            );
        }
    }
}

#[test]
fn every_cause_can_be_refuted() {
    // Its evidence is the errno itself.
    let refutable = ALL.into_iter().filter(|cause| *cause != Cause::NoModule);
    for cause in refutable {
        assert!(!refutations(cause).is_empty(), "{cause:?}");
    }
}

fn causes(key: Key<'_>, evidence: &Evidence) -> Vec<Cause> {
    diagnose(key, evidence).iter().map(Suspect::cause).collect()
}

/// A kernel without any known restriction.
const PLAIN: &str = "Linux version 6.12.0 (build@host)";

fn refutations(cause: Cause) -> &'static [Fact] {
    policy(cause)
        .or_else(|| limit(cause))
        .or_else(|| mounts(cause))
        .or_else(|| kernel(cause))
        .unwrap_or_else(|| filter(cause))
}

fn policy(cause: Cause) -> Option<&'static [Fact]> {
    Some(match cause {
        Cause::AppArmor => &[
            ("the sysctl is 0", |it, _| it.apparmor_restricts = Some(0)),
            ("there is no sysctl", |it, _| it.apparmor_restricts = None),
        ],
        Cause::AppArmorProfile => &[
            ("unconfined", |it, _| {
                it.label = Some("unconfined".to_owned())
            }),
            ("the profile only complains", |it, _| {
                it.label = Some("my-tests (complain)".to_owned());
            }),
            ("no label", |it, _| it.label = None),
        ],
        Cause::Selinux => &[("permissive", |it, _| it.selinux_enforces = false)],
        Cause::SecurityModule => &[
            ("only Yama and Landlock", |it, _| {
                it.security_modules = Some("capability,landlock,yama".to_owned());
            }),
            ("only lockdown and integrity", |it, _| {
                it.security_modules = Some("lockdown,capability,ima,evm".to_owned());
            }),
        ],
        Cause::UsersMayNot => &[
            ("the sysctl is 1", |it, _| it.userns_clone = Some(1)),
            ("there is no sysctl", |it, _| it.userns_clone = None),
            ("CAP_SYS_ADMIN", |it, _| it.privileged = true),
        ],
        Cause::UnmappedCaller => &[("the uid is mapped", |it, _| it.unmapped = None)],
        Cause::NotPrivileged => &[("CAP_SYS_ADMIN", |it, _| it.privileged = true)],
        _ => return None,
    })
}

fn limit(cause: Cause) -> Option<&'static [Fact]> {
    Some(match cause {
        Cause::Forbidden => &[
            ("the limit is high", |it, kind| {
                it.limits.insert(kind, 60_000);
            }),
            ("there is no limit", |it, kind| {
                it.limits.remove(kind);
            }),
        ],
        Cause::LimitReached | Cause::TooDeep => &[
            ("the limit is 0, and so forbids all", |it, kind| {
                it.limits.insert(kind, 0);
            }),
            ("there is no limit", |it, kind| {
                it.limits.remove(kind);
            }),
        ],
        _ => return None,
    })
}

fn mounts(cause: Cause) -> Option<&'static [Fact]> {
    Some(match cause {
        Cause::MaskedProc => &[("nothing covers /proc", |it, _| {
            it.mounts.below_proc.clear();
        })],
        Cause::MaskedSys | Cause::PartialSys => &[
            ("nothing covers /sys", |it, _| it.mounts.below_sys.clear()),
            ("a sysfs is visible whole", |it, _| {
                it.mounts.whole_sysfs = true
            }),
        ],
        Cause::NoSys => &[("a sysfs is visible whole", |it, _| {
            it.mounts.whole_sysfs = true;
        })],
        Cause::ReadOnlyProc => &[("/proc is writable", |it, _| {
            it.mounts.proc_read_only = false;
        })],
        Cause::NoProc => &[("there is a /proc", |it, _| it.proc = true)],
        Cause::Chroot => &[("/ is the root of PID 1 and of the mount table", |it, _| {
            it.other_root = Some(false);
            it.mounts.lacks_root = false;
        })],
        _ => return None,
    })
}

fn kernel(cause: Cause) -> Option<&'static [Fact]> {
    Some(match cause {
        Cause::Gvisor | Cause::Wsl | Cause::OldKernel => &[("another kernel", |it, _| {
            it.version = PLAIN.to_owned();
        })],
        Cause::NotBuilt => &[("the kernel has this kind", |it, kind| it.kinds.push(kind))],
        Cause::NoFileSystem => &[
            ("the kernel has this file system", |it, _| {
                it.file_systems = ["proc", "sysfs", "overlay"].map(ToOwned::to_owned).into();
            }),
            ("/proc/filesystems can't be read", |it, _| {
                it.file_systems.clear()
            }),
        ],
        _ => return None,
    })
}

/// All other causes are seccomp filters, most of them of an engine.
fn filter(cause: Cause) -> &'static [Fact] {
    const NONE: Fact = ("Seccomp: 0", |it, _| it.seccomp = Some(0));
    const STRICT: Fact = ("Seccomp: 1", |it, _| it.seccomp = Some(1));
    match cause {
        Cause::Docker => &[
            NONE,
            STRICT,
            ("no /.dockerenv", |it, _| it.environment.docker = false),
        ],
        Cause::Podman => &[
            NONE,
            STRICT,
            ("no containerenv", |it, _| it.environment.podman = false),
        ],
        Cause::Kubernetes => &[
            NONE,
            STRICT,
            ("not in a pod", |it, _| it.environment.kubernetes = false),
        ],
        Cause::GithubContainer => &[
            NONE,
            STRICT,
            ("not on GitHub", |it, _| it.environment.github = false),
        ],
        Cause::Gitlab => &[
            NONE,
            STRICT,
            ("not on GitLab", |it, _| it.environment.gitlab = false),
        ],
        Cause::Systemd => &[
            NONE,
            STRICT,
            ("no service", |it, _| it.environment.service = None),
        ],
        _ => &[NONE, STRICT],
    }
}
