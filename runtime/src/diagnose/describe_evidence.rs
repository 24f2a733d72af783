//! The evidence as text: files and values that the user can check.

use crate::error::{Call, Errno};

use super::cause::{Cause, filter_of};
use super::evidence::Evidence;
use super::key::Key;

/// Returns the facts that support a cause: at least one.
pub(super) fn of(cause: Cause, key: Key<'_>, evidence: &Evidence) -> Vec<String> {
    let facts = match cause {
        Cause::AppArmor
        | Cause::AppArmorProfile
        | Cause::Selinux
        | Cause::SecurityModule
        | Cause::UsersMayNot => of_policy(cause, key, evidence),
        Cause::Forbidden | Cause::LimitReached | Cause::TooDeep => vec![limit(key, evidence)],
        Cause::Docker
        | Cause::Podman
        | Cause::Kubernetes
        | Cause::GithubContainer
        | Cause::Gitlab
        | Cause::Systemd
        | Cause::Filter => of_filter(cause, key, evidence),
        Cause::Gvisor | Cause::Wsl | Cause::NotBuilt | Cause::NoFileSystem | Cause::OldKernel => {
            of_kernel(cause, key, evidence)
        }
        Cause::NoModule => vec![Some(format!("{}: {}", key.error.call(), key.error.errno()))],
        Cause::Chroot => of_chroot(evidence),
        Cause::MaskedProc | Cause::MaskedSys | Cause::PartialSys => of_cover(cause, evidence),
        _ => vec![of_place(cause, evidence)],
    };
    facts.into_iter().flatten().collect()
}

fn setting(name: &str, value: Option<u64>) -> Option<String> {
    value.map(|value| format!("{name} = {value}"))
}

fn label(evidence: &Evidence) -> Option<String> {
    let label = evidence.label.as_ref()?;
    Some(format!("/proc/self/attr/current is {label}"))
}

fn of_policy(cause: Cause, key: Key<'_>, evidence: &Evidence) -> Vec<Option<String>> {
    let restricts = "kernel.apparmor_restrict_unprivileged_userns";
    let clone = "kernel.unprivileged_userns_clone";
    match cause {
        Cause::UsersMayNot => vec![setting(clone, evidence.userns_clone)],
        Cause::AppArmor => vec![
            setting(restricts, evidence.apparmor_restricts),
            label(evidence),
        ],
        Cause::AppArmorProfile => vec![
            label(evidence),
            mark(filter_of(&evidence.environment), evidence),
        ],
        Cause::Selinux => vec![
            Some("/sys/fs/selinux/enforce is 1".to_owned()),
            label(evidence),
        ],
        _ => {
            let modules = evidence.security_modules.as_ref();
            let is_confined = evidence.label.as_deref() != Some("unconfined");
            vec![
                modules.map(|modules| format!("/sys/kernel/security/lsm is {}", modules.trim())),
                label(evidence).filter(|_| is_confined),
                Some(no_other_reason(key, evidence)),
            ]
        }
    }
}

/// Returns why none of the kernel's own reasons applies.
fn no_other_reason(key: Key<'_>, evidence: &Evidence) -> String {
    if key.error.errno() == Errno::PERM && key.error.call() == Call::Clone3 {
        return mapped_and_unfiltered(evidence);
    }
    "a new user namespace has all capabilities, and no rule of the kernel itself explains the refusal".to_owned()
}

/// Returns the reasons for EPERM that were checked and not found.
fn mapped_and_unfiltered(evidence: &Evidence) -> String {
    let filter = match evidence.seccomp {
        Some(0) => ", and Seccomp is 0 in /proc/self/status",
        Some(_) => ", and the seccomp filter allows unshare",
        None => "",
    };
    format!("by elimination: the caller's uid is mapped{filter}")
}

fn limit(key: Key<'_>, evidence: &Evidence) -> Option<String> {
    setting(
        &key.requirement.namespace().limit(),
        evidence.limit(key.requirement),
    )
}

fn of_kernel(cause: Cause, key: Key<'_>, evidence: &Evidence) -> Vec<Option<String>> {
    let kind = key.requirement.kind();
    let version = format!("/proc/version is {}", evidence.version);
    match cause {
        Cause::NoFileSystem => {
            let missing = evidence.missing_file_system(key.error.step());
            vec![missing.map(|kind| format!("/proc/filesystems has no {kind}"))]
        }
        Cause::Gvisor | Cause::OldKernel => vec![Some(version)],
        _ => {
            let is_missing = !evidence.kinds.contains(&kind);
            vec![
                is_missing.then(|| format!("/proc/self/ns/{kind} is missing")),
                (cause == Cause::Wsl).then_some(version),
            ]
        }
    }
}

fn of_chroot(evidence: &Evidence) -> Vec<Option<String>> {
    let lacks_root = evidence.mounts.lacks_root;
    let other_root = evidence.other_root == Some(true);
    vec![
        lacks_root.then(|| "/proc/self/mountinfo has no line for /".to_owned()),
        other_root.then(|| "/ is not /proc/1/root".to_owned()),
        (!lacks_root && !other_root).then(|| mapped_and_unfiltered(evidence)),
    ]
}

fn of_cover(cause: Cause, evidence: &Evidence) -> Vec<Option<String>> {
    let mounts = &evidence.mounts;
    let kind = mounts.type_of_sys.as_deref().unwrap_or_default();
    let first = match cause {
        Cause::MaskedProc => mounted(&mounts.below_proc),
        Cause::MaskedSys => mounted(&mounts.below_sys),
        _ => format!("/sys is a {kind}, {}", mounted(&mounts.below_sys)),
    };
    let mark = match (cause, filter_of(&evidence.environment)) {
        (Cause::PartialSys, _) => evidence.environment.nspawn.then(|| NSPAWN.to_owned()),
        // systemd does not cover anything with RestrictNamespaces=.
        (_, Cause::Systemd) => None,
        (_, engine) => mark(engine, evidence),
    };
    vec![Some(first), mark]
}

fn of_place(cause: Cause, evidence: &Evidence) -> Option<String> {
    let missing =
        |uid| format!("the caller appears as uid {uid}: /proc/self/uid_map does not map its uid");
    Some(match cause {
        Cause::NoSys => "/proc/self/mountinfo has no complete sysfs".to_owned(),
        Cause::ReadOnlyProc => "/proc is mounted ro".to_owned(),
        Cause::NoProc => "/proc/self is missing".to_owned(),
        Cause::NotPrivileged => "CapEff in /proc/self/status lacks CAP_SYS_ADMIN".to_owned(),
        Cause::UnmappedCaller => evidence.unmapped.map(missing)?,
        _ => return None,
    })
}

fn of_filter(cause: Cause, key: Key<'_>, evidence: &Evidence) -> Vec<Option<String>> {
    let asked = evidence.filter_on(key.requirement).map(|errno| {
        format!(
            "a trial unshare(2), with the flag of this namespace and an invalid flag, failed with {}; without a filter it fails with EINVAL",
            errno.name().unwrap_or("another errno")
        )
    });
    let mode = evidence.seccomp;
    vec![
        mode.map(|mode| format!("Seccomp: {mode} in /proc/self/status")),
        asked,
        mark(cause, evidence),
    ]
}

/// Returns the mark that identifies the engine of the container, or the service.
fn mark(engine: Cause, evidence: &Evidence) -> Option<String> {
    let environment = &evidence.environment;
    let unit = environment.service.as_deref().unwrap_or_default();
    Some(match engine {
        Cause::Docker => "/.dockerenv exists, and /etc/hosts is a mount".to_owned(),
        Cause::Podman => "/run/.containerenv exists".to_owned(),
        Cause::Kubernetes => "KUBERNETES_SERVICE_HOST is set".to_owned(),
        Cause::GithubContainer => "GITHUB_ACTIONS is set, and a container was detected".to_owned(),
        Cause::Gitlab => "GITLAB_CI is set, and a container was detected".to_owned(),
        Cause::Systemd => format!("/proc/self/cgroup names {unit}, and no container was detected"),
        _ if environment.lxc => {
            "lxcfs is mounted, or /run/systemd/container contains lxc".to_owned()
        }
        _ if environment.nspawn => NSPAWN.to_owned(),
        _ => return None,
    })
}

const NSPAWN: &str = "/run/systemd/container contains systemd-nspawn";

fn mounted(points: &[String]) -> String {
    const MOST: usize = 4;
    let shown: Vec<&str> = points.iter().take(MOST).map(String::as_str).collect();
    let more = if points.len() > MOST { " .." } else { "" };
    format!("mounts in /proc/self/mountinfo: {}{more}", shown.join(" "))
}
