//! Properties of every diagnosis, whatever the evidence. No cause contradicts a fact, none lacks
//! evidence, and no remedy names an engine without that engine's mark.

use crate::diagnose::cause::Cause;
use crate::diagnose::diagnosis::diagnose;
use crate::diagnose::environment::Environment;
use crate::diagnose::evidence::{Evidence, of_kind};
use crate::diagnose::key::Key;
use crate::diagnose::refusal::Suspect;
use crate::diagnose::requirement::Requirement;
use crate::error::{Call, Errno, SetupError, Step};

use super::machines::{ALL, ERRNOS, Random, STEPS, evidence};

/// Each part of the evidence is random: `NS_TEST_SEED` repeats a run.
#[test]
fn no_diagnosis_contradicts_its_evidence() {
    const ROUNDS: u32 = 40_000;
    let (mut random, seed) = Random::seeded();
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
        Cause::SecurityModule => (modules.is_none_or(has_hook), "no module with such a hook"),
        Cause::UsersMayNot => (
            evidence.userns_clone == Some(0) && !evidence.privileged,
            "the sysctl, or privileges",
        ),
        Cause::UnmappedCaller => (evidence.unmapped.is_some(), "the uid is mapped"),
        Cause::NotPrivileged => (!evidence.privileged, "CAP_SYS_ADMIN"),
        _ => return None,
    })
}

/// Returns whether one of the modules can refuse a user namespace. Lockdown, Yama and Landlock have
/// no such hook.
fn has_hook(modules: &str) -> bool {
    let hooked = ["apparmor", "bpf", "selinux", "smack", "tomoyo"];
    modules.split(',').any(|name| hooked.contains(&name))
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
