//! The evidence in words: files and values, as a person can look them up.

use super::cause::Cause;
use super::evidence::Evidence;
use super::requirement::Need;

/// What speaks for a cause.
pub(super) fn of(cause: Cause, need: Need, evidence: &Evidence) -> Vec<String> {
    let facts = match cause {
        Cause::AppArmor
        | Cause::AppArmorProfile
        | Cause::Selinux
        | Cause::SecurityModule
        | Cause::UsersMayNot => of_policy(cause, evidence),
        Cause::Forbidden | Cause::LimitReached | Cause::TooDeep => vec![limit(need, evidence)],
        Cause::Docker
        | Cause::Podman
        | Cause::Kubernetes
        | Cause::GithubContainer
        | Cause::Gitlab
        | Cause::Systemd
        | Cause::Filter => of_filter(cause, need, evidence),
        Cause::Gvisor | Cause::Wsl | Cause::NotBuilt => of_kernel(cause, need, evidence),
        Cause::Chroot => of_chroot(evidence),
        _ => vec![of_place(cause, evidence)],
    };
    facts.into_iter().flatten().collect()
}

fn setting(name: &str, value: Option<u64>) -> Option<String> {
    value.map(|value| format!("{name} = {value}"))
}

fn of_policy(cause: Cause, evidence: &Evidence) -> Vec<Option<String>> {
    let restricts = "kernel.apparmor_restrict_unprivileged_userns";
    let first = match cause {
        Cause::AppArmor => setting(restricts, evidence.apparmor_restricts),
        Cause::Selinux => Some("/sys/fs/selinux/enforce is 1".to_owned()),
        Cause::UsersMayNot => {
            return vec![setting(
                "kernel.unprivileged_userns_clone",
                evidence.userns_clone,
            )];
        }
        _ => None,
    };
    let says_something = |label: &&String| cause != Cause::SecurityModule || *label != "unconfined";
    let label = evidence.label.as_ref().filter(says_something);
    vec![
        first,
        label.map(|label| format!("/proc/self/attr/current is {label}")),
    ]
}

fn limit(need: Need, evidence: &Evidence) -> Option<String> {
    setting(
        &format!("user.max_{}_namespaces", need.kind()),
        evidence.limit(need),
    )
}

fn of_kernel(cause: Cause, need: Need, evidence: &Evidence) -> Vec<Option<String>> {
    let kind = need.kind();
    let is_missing = !evidence.kinds.contains(&kind);
    let version = format!("/proc/version is {}", evidence.version);
    vec![
        is_missing.then(|| format!("/proc/self/ns/{kind} is missing")),
        (cause != Cause::NotBuilt).then_some(version),
    ]
}

fn of_chroot(evidence: &Evidence) -> Vec<Option<String>> {
    let lacks_root = "/proc/self/mountinfo has no line for /";
    let other_root = "/ is not /proc/1/root";
    vec![
        (evidence.mounts.lacks_root).then(|| lacks_root.to_owned()),
        (evidence.other_root == Some(true)).then(|| other_root.to_owned()),
    ]
}

fn of_place(cause: Cause, evidence: &Evidence) -> Option<String> {
    let missing = |uid| format!("uid {uid} stands for what /proc/self/uid_map does not hold");
    Some(match cause {
        Cause::MaskedProc => mounted(&evidence.mounts.below_proc),
        Cause::MaskedSys => mounted(&evidence.mounts.below_sys),
        Cause::ReadOnlyProc => "/proc is mounted ro".to_owned(),
        Cause::NoProc => "/proc/self is missing".to_owned(),
        Cause::NotPrivileged => "CapEff in /proc/self/status lacks CAP_SYS_ADMIN".to_owned(),
        Cause::UnmappedCaller => evidence.unmapped.map(missing)?,
        _ => return None,
    })
}

fn of_filter(cause: Cause, need: Need, evidence: &Evidence) -> Vec<Option<String>> {
    let asked = evidence.filter_on(need).map(|errno| {
        format!(
            "unshare with the flag and one that no kernel takes: {}, where the kernel says EINVAL",
            errno.name().unwrap_or("another errno")
        )
    });
    let unit = evidence.marks.service.as_deref().unwrap_or_default();
    let mark = match cause {
        Cause::Docker => "/.dockerenv is there",
        Cause::Podman => "/run/.containerenv is there",
        Cause::Kubernetes => "KUBERNETES_SERVICE_HOST is set",
        Cause::GithubContainer => "GITHUB_ACTIONS is set, and a container's mark is there",
        Cause::Gitlab => "GITLAB_CI is set, and a container's mark is there",
        Cause::Systemd => &format!("{unit} in /proc/self/cgroup, and no container's mark"),
        _ => "",
    };
    let mode = evidence.seccomp;
    vec![
        mode.map(|mode| format!("Seccomp: {mode} in /proc/self/status")),
        asked,
        (!mark.is_empty()).then(|| mark.to_owned()),
    ]
}

fn mounted(points: &[String]) -> String {
    const MOST: usize = 4;
    let shown: Vec<&str> = points.iter().take(MOST).map(String::as_str).collect();
    let more = if points.len() > MOST { " .." } else { "" };
    format!("mounts in /proc/self/mountinfo: {}{more}", shown.join(" "))
}
