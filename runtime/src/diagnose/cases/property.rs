//! Properties of every diagnosis, whatever the evidence. No cause contradicts a fact, none lacks
//! evidence, and no remedy names an engine without that engine's mark.

use std::env;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::diagnose::cause::Cause;
use crate::diagnose::diagnosis::diagnose;
use crate::diagnose::environment::Environment;
use crate::diagnose::evidence::{Evidence, of_kind};
use crate::diagnose::key::Key;
use crate::diagnose::mount_table::MountTable;
use crate::diagnose::refusal::Suspect;
use crate::diagnose::requirement::Requirement;
use crate::error::{Call, Errno, SetupError, Step};

/// Each part of the evidence is random: `NS_TEST_SEED` repeats a run.
#[test]
fn no_diagnosis_contradicts_its_evidence() {
    const ROUNDS: u32 = 40_000;
    let seed = env::var("NS_TEST_SEED").ok();
    let seed = seed.map_or_else(now, |seed| seed.parse().expect("NS_TEST_SEED is a number"));
    let mut random = Random(seed | 1);
    let mut seen = std::collections::HashSet::new();
    for _ in 0..ROUNDS {
        let evidence = evidence(&mut random);
        let (step, errno) = (random.of(STEPS), random.of(ERRNOS));
        let requirement = random.of(&Requirement::ALL);
        let error = SetupError::new(step, Call::Clone3, errno);
        let key = Key {
            requirement,
            host: random.chance(8),
            error: &error,
        };
        for suspect in diagnose(key, &evidence) {
            if let Err(why) = holds(&suspect, key, &evidence) {
                panic!("NS_TEST_SEED={seed}: {why}\n{suspect:#?}\n{key:?}\n{evidence:#?}");
            }
            seen.insert(suspect.cause());
        }
    }
    // Otherwise the generated machines would be too similar to show anything.
    for cause in ALL {
        assert!(
            seen.contains(&cause),
            "NS_TEST_SEED={seed}: never {cause:?}"
        );
    }
}

fn holds(suspect: &Suspect, key: Key<'_>, evidence: &Evidence) -> Result<(), String> {
    if let Some(fact) = refutation(suspect.cause(), key, evidence) {
        return Err(format!("refuted: {fact}"));
    }
    if suspect.evidence().is_empty() {
        return Err("no evidence".to_owned());
    }
    for fact in suspect.evidence() {
        if fact.contains("Seccomp: 0") || fact.contains("Seccomp: 1") {
            return Err("a filter where there is none".to_owned());
        }
    }
    if suspect.remedy().is_empty() {
        return Err("no remedy".to_owned());
    }
    engines(suspect, &evidence.environment)
}

/// Returns a fact that excludes the cause.
fn refutation(cause: Cause, key: Key<'_>, evidence: &Evidence) -> Option<&'static str> {
    let (holds, fact) = policy(cause, evidence)
        .or_else(|| limit(cause, key, evidence))
        .or_else(|| mounts_of(cause, evidence))
        .or_else(|| kernel(cause, key, evidence))
        // All other causes are filters.
        .unwrap_or((
            matches!(evidence.seccomp, None | Some(2)),
            "there is no filter",
        ));
    (!holds).then_some(fact)
}

fn policy(cause: Cause, evidence: &Evidence) -> Option<(bool, &'static str)> {
    let label = evidence.label.as_deref().unwrap_or_default();
    let modules = evidence.security_modules.as_deref();
    Some(match cause {
        Cause::AppArmor => (evidence.apparmor_restricts == Some(1), "the sysctl"),
        Cause::AppArmorProfile => (label.ends_with("(enforce)"), "the label"),
        Cause::Selinux => (evidence.selinux_enforces, "it does not enforce"),
        Cause::SecurityModule => (
            modules != Some("capability,landlock,yama"),
            "no module with such a hook",
        ),
        Cause::UsersMayNot => (
            evidence.userns_clone == Some(0) && !evidence.privileged,
            "the sysctl, or privileges",
        ),
        Cause::UnmappedCaller => (evidence.unmapped.is_some(), "the uid is mapped"),
        Cause::NotPrivileged => (!evidence.privileged, "CAP_SYS_ADMIN"),
        _ => return None,
    })
}

fn limit(cause: Cause, key: Key<'_>, evidence: &Evidence) -> Option<(bool, &'static str)> {
    let limit = of_kind(&evidence.limits, key.requirement.kind());
    Some(match cause {
        Cause::Forbidden => (limit == Some(0), "the limit is not 0"),
        Cause::LimitReached | Cause::TooDeep => (limit != Some(0), "the limit is 0"),
        _ => return None,
    })
}

fn mounts_of(cause: Cause, evidence: &Evidence) -> Option<(bool, &'static str)> {
    let mounts = &evidence.mounts;
    Some(match cause {
        Cause::MaskedProc => (!mounts.below_proc.is_empty(), "nothing covers /proc"),
        Cause::MaskedSys => (
            !mounts.below_sys.is_empty() && !mounts.whole_sysfs,
            "nothing covers /sys",
        ),
        Cause::NoSys | Cause::PartialSys => (!mounts.whole_sysfs, "there is a sysfs"),
        Cause::ReadOnlyProc => (mounts.proc_read_only, "/proc is writable"),
        Cause::NoProc => (!evidence.proc, "there is a /proc"),
        Cause::Chroot => (
            mounts.lacks_root || evidence.other_root != Some(false),
            "/ is /proc/1/root",
        ),
        _ => return None,
    })
}

fn kernel(cause: Cause, key: Key<'_>, evidence: &Evidence) -> Option<(bool, &'static str)> {
    let lacks_kind = !evidence.kinds.contains(&key.requirement.kind());
    let is_wsl = evidence.version.contains("microsoft");
    let mounted = mounted_by(key.error.step());
    let knows = evidence.file_systems.iter().any(|name| name == mounted);
    Some(match cause {
        Cause::Gvisor => (evidence.version.contains("gVisor"), "another kernel"),
        Cause::Wsl => (is_wsl && lacks_kind, "another kernel"),
        Cause::NotBuilt => (lacks_kind, "the kernel has this kind"),
        Cause::NoFileSystem => (!knows, "the kernel has this file system"),
        Cause::NoModule => (
            matches!(
                (key.error.step(), key.error.errno()),
                (Step::MakeVeth, Errno::OPNOTSUPP) | (Step::OpenPacketSocket, Errno::AFNOSUPPORT)
            ),
            "the kernel has it",
        ),
        Cause::OldKernel => (evidence.version.contains("5.10.0"), "a newer kernel"),
        _ => return None,
    })
}

fn mounted_by(step: Step) -> &'static str {
    match step {
        Step::MountProc => "proc",
        Step::MountSys => "sysfs",
        Step::MountOverlay => "overlay",
        _ => "",
    }
}

/// Checks that a remedy names an engine only if the evidence has that engine's mark.
fn engines(suspect: &Suspect, environment: &Environment) -> Result<(), String> {
    let named = |word: &str| suspect.remedy().contains(word) && suspect.cause() != Cause::Chroot;
    let proofs = [
        ("docker run", environment.docker, "/.dockerenv"),
        ("podman", environment.podman, "/run/.containerenv"),
        (
            "securityContext",
            environment.kubernetes,
            "KUBERNETES_SERVICE_HOST",
        ),
        (
            "in the workflow",
            environment.github && environment.container(),
            "GITHUB_ACTIONS",
        ),
        (
            "[runners.docker]",
            environment.gitlab && environment.container(),
            "GITLAB_CI",
        ),
        ("incus", environment.lxc, "lxc"),
        ("NSPAWN", environment.nspawn, "nspawn"),
        ("systemctl", environment.service.is_some(), "runner.service"),
    ];
    for (word, proven, mark) in proofs {
        let shown = suspect.evidence().iter().any(|fact| fact.contains(mark));
        if named(word) && !(proven && shown) {
            return Err(format!("`{word}` without the mark of that engine"));
        }
    }
    Ok(())
}

fn evidence(random: &mut Random) -> Evidence {
    Evidence {
        privileged: random.chance(3),
        unmapped: random.chance(8).then_some(65_534),
        proc: !random.chance(8),
        mounts: mounts(random),
        other_root: random.maybe(&[false, false, true]),
        version: random.text(&[
            "Linux version 6.8.0-41-generic",
            "Linux version 5.10.0-32-amd64",
            "5.15.0-microsoft-standard",
            "4.4.0 gVisor",
        ]),
        environment: environment(random),
        ..settings(random)
    }
}

/// Returns random values for the files of /proc and /sys.
fn settings(random: &mut Random) -> Evidence {
    let kinds = ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"];
    let mut some = |one_in| -> Vec<_> {
        let chosen = kinds.into_iter().filter(|_| random.chance(one_in));
        chosen.collect()
    };
    let (filtered, limited, missing) = (some(3), some(3), some(6));
    let (errnos, limits) = ([Errno::PERM, Errno::NOSYS, Errno::INVAL], [0, 5, 60_000]);
    let modules = ["capability,landlock,yama", "capability,apparmor"];
    let labels = [
        "unconfined",
        "docker-default (enforce)",
        "system_u:system_r:container_t:s0",
    ];
    Evidence {
        apparmor_restricts: random.maybe(&[0, 1]),
        userns_clone: random.maybe(&[0, 1]),
        limits: limited
            .into_iter()
            .map(|kind| (kind, random.of(&limits)))
            .collect(),
        kinds: kinds
            .into_iter()
            .filter(|kind| !missing.contains(kind))
            .collect(),
        filtered: filtered
            .into_iter()
            .map(|kind| (kind, random.of(&errnos)))
            .collect(),
        seccomp: random.maybe(&[0, 0, 1, 2, 2]),
        file_systems: vec![random.text(&["", "proc", "overlay"])],
        security_modules: (!random.chance(3)).then(|| random.text(&modules)),
        selinux_enforces: random.chance(4),
        label: (!random.chance(3)).then(|| random.text(&labels)),
        ..Evidence::default()
    }
}

fn mounts(random: &mut Random) -> MountTable {
    let below = |random: &mut Random, point: &str| -> Vec<String> {
        random
            .chance(3)
            .then(|| point.to_owned())
            .into_iter()
            .collect()
    };
    MountTable {
        lacks_root: random.chance(6),
        below_proc: below(random, "/proc/kcore"),
        below_sys: below(random, "/sys/firmware"),
        proc_read_only: random.chance(4),
        type_of_sys: random.maybe(&["sysfs", "tmpfs"]).map(ToOwned::to_owned),
        whole_sysfs: !random.chance(3),
    }
}

fn environment(random: &mut Random) -> Environment {
    Environment {
        docker: random.chance(4),
        podman: random.chance(4),
        kubernetes: random.chance(6),
        github: random.chance(5),
        gitlab: random.chance(5),
        lxc: random.chance(5),
        nspawn: random.chance(5),
        sysbox: random.chance(8),
        service: random.chance(3).then(|| "runner.service".to_owned()),
    }
}

const STEPS: &[Step] = &[
    Step::MakeNamespaces,
    Step::MakeNamespaces,
    Step::MakeNamespaces,
    Step::DenySetgroups,
    Step::MapUids,
    Step::MountProc,
    Step::MountSys,
    Step::MountOverlay,
    Step::SetHostName,
    Step::MakeVeth,
    Step::OpenPacketSocket,
    Step::MakeReadOnly,
    Step::Prepare,
];

const ERRNOS: &[Errno] = &[
    Errno::PERM,
    Errno::PERM,
    Errno::ACCES,
    Errno::NOSPC,
    Errno::INVAL,
    Errno::NOSYS,
    Errno::NODEV,
    Errno::NOENT,
    Errno::ROFS,
    Errno::OPNOTSUPP,
    Errno::AFNOSUPPORT,
];

const ALL: [Cause; 30] = [
    Cause::AppArmor,
    Cause::AppArmorProfile,
    Cause::Selinux,
    Cause::SecurityModule,
    Cause::UsersMayNot,
    Cause::Forbidden,
    Cause::LimitReached,
    Cause::TooDeep,
    Cause::Docker,
    Cause::Podman,
    Cause::Kubernetes,
    Cause::GithubContainer,
    Cause::Gitlab,
    Cause::Systemd,
    Cause::Filter,
    Cause::MaskedProc,
    Cause::MaskedSys,
    Cause::NoSys,
    Cause::PartialSys,
    Cause::ReadOnlyProc,
    Cause::NoProc,
    Cause::Chroot,
    Cause::UnmappedCaller,
    Cause::NoModule,
    Cause::Gvisor,
    Cause::Wsl,
    Cause::NotBuilt,
    Cause::NoFileSystem,
    Cause::OldKernel,
    Cause::NotPrivileged,
];

/// Marsaglia's xorshift: random numbers that a seed repeats.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 11
    }

    fn chance(&mut self, one_in: u64) -> bool {
        self.next() % one_in == 0
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        let at = self.next() % all.len() as u64;
        all[usize::try_from(at).unwrap_or(0)]
    }

    fn text(&mut self, all: &[&str]) -> String {
        self.of(all).to_owned()
    }

    fn maybe<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        (!self.chance(3)).then(|| self.of(all))
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(1, |since| {
        u64::from(since.subsec_nanos()) + (since.as_secs() << 20)
    })
}
