//! The causes of refusals, each with its description and its remedy. No other file names them.

use std::fmt;

use crate::error::Step;

use super::environment::Environment;
use super::evidence::Evidence;
use super::key::Key;
use super::requirement::Requirement;

/// The cause of a refused namespace, or of a refused operation that depends on one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// AppArmor removes the capabilities from user namespaces: Ubuntu since 23.10, GitHub's
    /// runners.
    AppArmor,
    /// The AppArmor profile that confines the caller forbids the operation.
    AppArmorProfile,
    /// An SELinux policy.
    Selinux,
    /// Some other security module.
    SecurityModule,
    /// `kernel.unprivileged_userns_clone` is 0: Debian, older Ubuntu.
    UsersMayNot,
    /// A limit of `user.max_*_namespaces` is 0.
    Forbidden,
    /// Such a limit is reached, here or in an outer user namespace.
    LimitReached,
    /// More than 32 nested user namespaces.
    TooDeep,
    /// The seccomp filter of Docker.
    Docker,
    /// The seccomp filter of Podman.
    Podman,
    /// The seccomp filter of a Kubernetes pod.
    Kubernetes,
    /// The seccomp filter of a GitHub Actions `container:` job.
    GithubContainer,
    /// The seccomp filter of GitLab's docker executor.
    Gitlab,
    /// `RestrictNamespaces=` of a systemd unit.
    Systemd,
    /// A seccomp filter of unknown origin.
    Filter,
    /// Parts of /proc are covered by mounts.
    MaskedProc,
    /// Parts of /sys are covered by mounts.
    MaskedSys,
    /// No sysfs is mounted.
    NoSys,
    /// /sys shows only parts of a sysfs: systemd-nspawn with its own network.
    PartialSys,
    /// /proc is read-only.
    ReadOnlyProc,
    /// There is no /proc.
    NoProc,
    /// The caller is in a chroot.
    Chroot,
    /// The caller's uid has no mapping in its own user namespace.
    UnmappedCaller,
    /// gVisor's own kernel.
    Gvisor,
    /// Windows Subsystem for Linux.
    Wsl,
    /// The kernel was built without this namespace.
    NotBuilt,
    /// The kernel was built without a file system, or its module is not loaded.
    NoFileSystem,
    /// The kernel was built without `veth` or packet sockets, or the module is not loaded.
    NoModule,
    /// The kernel is too old: it does not allow the operation in a user namespace yet.
    OldKernel,
    /// `user(host)` without `CAP_SYS_ADMIN`.
    NotPrivileged,
}

impl fmt::Display for Cause {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::AppArmor => "AppArmor denies capabilities in user namespaces to unconfined programs",
            Self::AppArmorProfile => "the AppArmor profile of this program forbids the operation",
            Self::Selinux => "the SELinux policy forbids the operation in this domain",
            Self::SecurityModule => "a Linux security module forbids the operation",
            Self::UsersMayNot => "the system does not allow ordinary users to create user namespaces",
            Self::Forbidden => "the system's limit on namespaces of this type is 0",
            Self::LimitReached => "the number of namespaces has reached the limit of the system or of an outer user namespace",
            Self::TooDeep => "user namespaces are already nested 32 levels deep",
            Self::Docker => "a seccomp filter in this Docker container forbids the system call",
            Self::Podman => "a seccomp filter in this Podman container forbids the system call",
            Self::Kubernetes => "a seccomp filter in this Kubernetes pod forbids the system call",
            Self::GithubContainer => "a seccomp filter in this GitHub Actions container job forbids the system call",
            Self::Gitlab => "a seccomp filter in this GitLab job (docker executor) forbids the system call",
            Self::Systemd => "a seccomp filter of this systemd service (RestrictNamespaces=) forbids the system call",
            Self::Filter => "a seccomp filter forbids the system call",
            Self::MaskedProc => "other mounts cover parts of /proc, and the kernel mounts a new proc only where an existing one is fully visible",
            Self::MaskedSys => "other mounts cover parts of /sys, and the kernel mounts a new sysfs only where an existing one is fully visible",
            Self::NoSys => "no sysfs is mounted here, and the kernel mounts a new sysfs only where an existing one is fully visible",
            Self::PartialSys => "/sys shows only parts of a sysfs, and the kernel mounts a new sysfs only where an existing one is fully visible",
            Self::ReadOnlyProc => "/proc is read-only",
            Self::NoProc => "there is no /proc",
            Self::Chroot => "this process is in a chroot, where the kernel creates no user namespaces",
            Self::UnmappedCaller => "the caller's uid is not mapped in its user namespace",
            Self::Gvisor => "gVisor's kernel does not fully support this feature",
            Self::Wsl => "the kernel of WSL was built without namespaces of this type",
            Self::NotBuilt => "the kernel was built without namespaces of this type",
            Self::NoFileSystem => "the kernel does not have this type of file system",
            Self::NoModule => "the kernel was built without this feature, or the module for it is not loaded",
            Self::OldKernel => "Linux before 5.11 can't mount an overlay in a user namespace",
            Self::NotPrivileged => "`user(host)` needs CAP_SYS_ADMIN, which the caller lacks",
        })
    }
}

impl Cause {
    /// Returns the remedy.
    pub(super) fn remedy(self, key: Key<'_>, evidence: &Evidence) -> String {
        let requirement = key.requirement;
        let sysctl = |line: &str| format!("sudo sysctl -w {line}");
        match self {
            Self::AppArmor => apparmor(&evidence.environment),
            Self::AppArmorProfile => profile(key, evidence),
            Self::Selinux => "load a policy module that allows `user_namespace { create }`; `sudo ausearch -m avc -ts recent` shows the denial".to_owned(),
            Self::SecurityModule => "ask the machine's administrator; the kernel's log (`sudo dmesg`) may name the module".to_owned(),
            Self::UsersMayNot => sysctl("kernel.unprivileged_userns_clone=1"),
            Self::Forbidden => sysctl(&(requirement.namespace().limit() + "=15000")),
            Self::LimitReached => format!(
                "{}, here and in the outer user namespaces; or run fewer tests at a time: --test-threads",
                sysctl(&(requirement.namespace().limit() + "=100000"))
            ),
            Self::TooDeep => "run the tests in an outer user namespace".to_owned(),
            Self::Docker => DOCKER.to_owned(),
            Self::Podman => PODMAN.to_owned(),
            Self::Kubernetes => KUBERNETES.to_owned(),
            Self::GithubContainer => GITHUB_CONTAINER.to_owned(),
            Self::Gitlab => GITLAB.to_owned(),
            Self::Systemd => format!(
                "`sudo systemctl edit {}`: [Service] RestrictNamespaces=no",
                evidence.environment.service.as_deref().unwrap_or("UNIT")
            ),
            Self::Filter => "run the tests without that filter, or with one that allows unshare, clone and mount".to_owned(),
            Self::MaskedProc => masked(&evidence.environment) + "; or write `pid(proc = false)`",
            Self::MaskedSys => masked(&evidence.environment) + "; or write `net(sys = false)`",
            Self::NoSys => "mount -t sysfs sysfs /sys; or write `net(sys = false)`".to_owned(),
            Self::PartialSys => partial(&evidence.environment).to_owned() + "; or write `net(sys = false)`",
            Self::ReadOnlyProc => "mount -o remount,rw /proc".to_owned(),
            Self::NoProc => "mount -t proc proc /proc".to_owned(),
            Self::Chroot => "run the tests outside the chroot, or enter its tree with pivot_root: `bwrap --dev-bind TREE / CMD`, `systemd-nspawn -D TREE`".to_owned(),
            Self::UnmappedCaller => "map this uid in the user namespace, or run the tests as a mapped user".to_owned(),
            Self::Gvisor => "use another runtime, such as runc, or NS_TEST_REFUSED=skip".to_owned(),
            Self::Wsl => format!("use a custom kernel with {}, or `refused = \"skip\"` for these tests", requirement.namespace().build_option()),
            Self::NotBuilt => format!("use a kernel with {}", requirement.namespace().build_option()),
            Self::NoFileSystem => no_file_system(key, evidence),
            Self::NoModule => module(requirement).to_owned(),
            Self::OldKernel => "use Linux 5.11 or later, or `bind` a copy of the directory".to_owned(),
            Self::NotPrivileged => "run the tests as root: `sudo -E cargo test`; or remove `user(host)`".to_owned(),
        }
    }
}

const DOCKER: &str = "docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined .., or --privileged";
const PODMAN: &str = "podman run --security-opt seccomp=unconfined --security-opt unmask=ALL ..";
const KUBERNETES: &str = "securityContext: { seccompProfile: { type: Unconfined }, procMount: Unmasked }, and hostUsers: false in the pod's spec";
const GITHUB_CONTAINER: &str = "container: { image: .., options: --privileged } in the workflow";
const GITLAB: &str = "privileged = true, or security_opt = [\"seccomp=unconfined\", \"apparmor=unconfined\", \"systempaths=unconfined\"], in [runners.docker] of the runner's config.toml";

const APPARMOR: &str = "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0";

fn apparmor(environment: &Environment) -> String {
    if environment.container() {
        return format!(
            "{APPARMOR}, on the host: apparmor=unconfined on the container does not help"
        );
    }
    if environment.github {
        return format!("add a step before the tests: `- run: {APPARMOR}`");
    }
    format!("{APPARMOR}; to make it permanent, put the setting in /etc/sysctl.d/60-userns.conf")
}

fn module(requirement: Requirement) -> &'static str {
    match requirement {
        Requirement::Veth => "sudo modprobe veth",
        _ => "sudo modprobe af_packet; or use only `Link::direct()`",
    }
}

/// Returns the remedy for an AppArmor profile: the options of the container engine if that is
/// known, else a rule to add to the profile.
fn profile(key: Key<'_>, evidence: &Evidence) -> String {
    match filter_of(&evidence.environment) {
        Cause::Kubernetes => {
            "securityContext: { appArmorProfile: { type: Unconfined } } in the pod's spec"
                .to_owned()
        }
        Cause::GithubContainer => GITHUB_CONTAINER.to_owned(),
        Cause::Gitlab => GITLAB.to_owned(),
        Cause::Podman => "podman run --security-opt apparmor=unconfined ..".to_owned(),
        Cause::Docker => DOCKER.to_owned(),
        _ if evidence.environment.lxc => {
            "`incus config set NAME security.nesting=true` (LXD: `lxc config set`), or \
             `lxc.apparmor.profile = unconfined` in the container's configuration"
                .to_owned()
        }
        _ => {
            let label = evidence.enforced_profile().unwrap_or_default();
            let name = label.trim_end_matches(" (enforce)");
            let rule = apparmor_rule(key.error.step());
            format!(
                "add the rule `{rule}` to the profile `{name}` and load it with `sudo apparmor_parser -r FILE`, or run the tests without the profile"
            )
        }
    }
}

/// Returns the rule of apparmor.d(5) that allows a step.
fn apparmor_rule(step: Step) -> &'static str {
    match step {
        Step::StartLauncher => "unix, network,",
        // The kernel asks for CAP_SYS_ADMIN in the new user namespace (security_capable). Profiles
        // that have rules for user namespaces (AppArmor 4.0) need `userns,` too.
        Step::MakeNamespaces => "userns, capability,",
        Step::DenySetgroups | Step::MapUids | Step::MapGids => "capability,",
        Step::SetLoopbackUp => "capability, network,",
        Step::SetHostName | Step::SetDomainName | Step::SetSysctl => "capability,",
        _ => "mount, umount, pivot_root,",
    }
}

/// Returns the remedy for covered /proc and /sys: the options of the engine that covers them.
fn masked(environment: &Environment) -> String {
    match filter_of(environment) {
        Cause::Kubernetes => "procMount: Unmasked in the container's securityContext, and hostUsers: false in the pod's spec",
        Cause::GithubContainer => GITHUB_CONTAINER,
        Cause::Gitlab => "security_opt = [\"systempaths=unconfined\"] in [runners.docker] of the runner's config.toml",
        Cause::Podman => "podman run --security-opt unmask=ALL ..",
        // sysbox covers parts of both with its own file system, whatever the options of docker.
        _ if environment.sysbox => "use a runtime other than sysbox, such as runc",
        Cause::Docker => "docker run --security-opt systempaths=unconfined ..",
        _ if environment.lxc => LXC,
        _ if environment.nspawn => NSPAWN,
        _ => "unmount the mounts that cover the directory",
    }
    .to_owned()
}

/// This setting mounts another complete proc and sysfs, at /dev/.lxc.
const LXC: &str = "`incus config set NAME security.nesting=true` (LXD: `lxc config set`), or `lxc.include = /usr/share/lxc/config/nesting.conf`";
const NSPAWN: &str = "SYSTEMD_NSPAWN_API_VFS_WRITABLE=1 in the environment of systemd-nspawn";

fn partial(environment: &Environment) -> &'static str {
    if environment.nspawn {
        NSPAWN
    } else {
        "mount -t sysfs sysfs /sys"
    }
}

fn no_file_system(key: Key<'_>, evidence: &Evidence) -> String {
    let (module, option) = match evidence.missing_file_system(key.error.step()) {
        Some("overlay") => ("overlay", "CONFIG_OVERLAY_FS"),
        Some("mqueue") => ("", "CONFIG_POSIX_MQUEUE"),
        Some("sysfs") => ("", "CONFIG_SYSFS"),
        Some("proc") => ("", "CONFIG_PROC_FS"),
        _ => ("", "CONFIG_TMPFS"),
    };
    if module.is_empty() {
        format!("use a kernel with {option}")
    } else {
        format!("sudo modprobe {module}, or use a kernel with {option}")
    }
}

/// Returns the origin of the filter, by the marks that the engines leave. Of nested engines it
/// returns the outer one, whose options apply.
pub(super) fn filter_of(environment: &Environment) -> Cause {
    match environment {
        Environment {
            kubernetes: true, ..
        } => Cause::Kubernetes,
        Environment { github: true, .. } if environment.container() => Cause::GithubContainer,
        Environment { gitlab: true, .. } if environment.container() => Cause::Gitlab,
        Environment { podman: true, .. } => Cause::Podman,
        Environment { docker: true, .. } => Cause::Docker,
        Environment {
            service: Some(_), ..
        } if !environment.any_container() => Cause::Systemd,
        _ => Cause::Filter,
    }
}
