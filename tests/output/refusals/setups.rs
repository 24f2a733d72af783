//! How the fixture runs: in which jail, and after which script.

/// A run of the fixture.
#[derive(Clone, Copy)]
pub(crate) struct Way {
    /// The jail that the process enters before it becomes the fixture.
    pub(crate) jail: Option<&'static str>,
    /// A shell script that runs first, as root of a user and mount namespace.
    pub(crate) script: Option<&'static str>,
    pub(crate) variables: &'static [(&'static str, &'static str)],
    pub(crate) arguments: &'static [&'static str],
}

pub(crate) const PLAIN: Way = Way {
    jail: None,
    script: None,
    variables: &[],
    arguments: &[],
};

pub(crate) const fn filtered(jail: &'static str) -> Way {
    Way {
        jail: Some(jail),
        ..PLAIN
    }
}

pub(crate) const fn script(script: &'static str) -> Way {
    Way {
        script: Some(script),
        ..PLAIN
    }
}

impl Way {
    pub(crate) const fn with(self, variables: &'static [(&'static str, &'static str)]) -> Self {
        Self { variables, ..self }
    }

    pub(crate) const fn only(self, arguments: &'static [&'static str]) -> Self {
        Self { arguments, ..self }
    }

    pub(crate) const fn behind(self, jail: &'static str) -> Self {
        Self {
            jail: Some(jail),
            ..self
        }
    }

    /// Returns whether the script fills the directory `$ROOT`.
    pub(crate) fn makes_root(self) -> bool {
        self.script.is_some_and(|script| script.contains("$ROOT"))
    }
}

/// Refusals and how to produce each; the golden file has its name.
pub(crate) const REFUSALS: &[(&str, Way)] = &[
    ("docker", script(DOCKER).behind("docker")),
    ("podman", script(PODMAN).behind("podman")),
    ("filter", script(UNMARKED).behind("docker")),
    (
        "systemd",
        script(SERVICE).behind("systemd").only(&["fixtures::net"]),
    ),
    ("kubernetes", filtered("docker").with(POD)),
    ("pod_without_net", filtered("systemd").with(POD)),
    ("pod_skipped", filtered("systemd").with(POD_SKIPPED)),
    (
        "github_container",
        script(DOCKER).behind("docker").with(GITHUB).only(ONE),
    ),
    (
        "gitlab",
        script(DOCKER).behind("docker").with(GITLAB).only(ONE),
    ),
    ("apparmor", script(APPARMOR)),
    (
        "apparmor_on_github",
        script(APPARMOR).with(GITHUB).only(ONE),
    ),
    ("debian", script(DEBIAN).behind("debian").only(ONE)),
    (
        "debian_in_docker",
        script(DEBIAN_IN_DOCKER).behind("debian").only(ONE),
    ),
    ("deep", filtered("deep").only(&["fixtures::user"])),
    ("limit_user", script(NO_USER)),
    ("limit_skipped", script(NO_USER).with(SKIP)),
    (
        "limit_mnt",
        script("echo 0 > /proc/sys/user/max_mnt_namespaces").only(&["fixtures::mount"]),
    ),
    (
        "limit_pid",
        script("echo 0 > /proc/sys/user/max_pid_namespaces"),
    ),
    (
        "limit_net",
        script("echo 0 > /proc/sys/user/max_net_namespaces"),
    ),
    (
        "limit_ipc",
        script("echo 0 > /proc/sys/user/max_ipc_namespaces"),
    ),
    (
        "limit_uts",
        script("echo 0 > /proc/sys/user/max_uts_namespaces"),
    ),
    (
        "limit_cgroup",
        script("echo 0 > /proc/sys/user/max_cgroup_namespaces"),
    ),
    (
        "limit_time",
        script("echo 0 > /proc/sys/user/max_time_namespaces"),
    ),
    (
        "masked_proc",
        script("mount --bind /dev/null /proc/cpuinfo").with(POD),
    ),
    (
        "masked_sys",
        script("mount -t tmpfs none /sys/kernel/mm")
            .with(POD)
            .only(&["net_and_mount"]),
    ),
    ("lxc_sys", script(LXC_SYS).only(&["net_and_mount"])),
    ("nspawn_sys", script(NSPAWN_SYS).only(&["net_and_mount"])),
    (
        "empty_sys",
        script("mount -t tmpfs none /sys").only(&["net_and_mount"]),
    ),
    (
        "read_only_proc",
        script("mount --rbind /proc /proc; mount -o remount,bind,ro /proc"),
    ),
    ("no_proc", script("mount -t tmpfs none /proc")),
    ("no_tmp", script(NO_TMP).only(&["fixtures::mount"])),
    (
        "no_tmp_skipped",
        script(NO_TMP).with(SKIP).only(&["fixtures::mount"]),
    ),
    ("no_dev", script(NO_DEV).only(&["fixtures::mount"])),
    ("no_sys", script(NO_SYS).only(&["net_and_mount"])),
    ("chroot", script(CHROOT)),
    (
        "chroot_to_a_mount",
        script("mount --rbind / /mnt; exec chroot /mnt \"$0\" \"$@\""),
    ),
];

const ONE: &[&str] = &["fixtures::bare"];
const POD: &[(&str, &str)] = &[("KUBERNETES_SERVICE_HOST", "10.0.0.1")];
const GITHUB: &[(&str, &str)] = &[("GITHUB_ACTIONS", "true")];
const GITLAB: &[(&str, &str)] = &[("GITLAB_CI", "true")];
pub(crate) const SKIP: &[(&str, &str)] = &[("NS_TEST_REFUSED", "skip")];
const POD_SKIPPED: &[(&str, &str)] = &[
    ("KUBERNETES_SERVICE_HOST", "10.0.0.1"),
    ("NS_TEST_REFUSED", "skip"),
];

const NO_USER: &str = "echo 0 > /proc/sys/user/max_user_namespaces";

/// A root with the content of the machine's, except the marks that engines leave. Then `$more`
/// runs.
macro_rules! new_root {
    ($more:expr) => {
        concat!(
            r#"
    mkdir -p "$ROOT"
    mount -t tmpfs none "$ROOT"
    for entry in /*; do
        if test -L "$entry"; then
            ln -s "$(readlink "$entry")" "$ROOT$entry"
        elif test -d "$entry" -a "$entry" != /run; then
            mkdir "$ROOT$entry"
            mount --rbind "$entry" "$ROOT$entry"
        fi
    done
    mkdir "$ROOT/run" "$ROOT/old"
    cd "$ROOT"
    pivot_root . old
    umount -l /old
    rmdir /old
"#,
            $more
        )
    };
}

const NO_TMP: &str = new_root!("umount -l /tmp; rmdir /tmp");
/// A host without /dev/shm. Real root has a /dev of its own, with this directory.
pub(crate) const NO_SHM: Way = script(NO_SHM_SCRIPT).only(&["fixtures::ipc"]);
const NO_SHM_SCRIPT: &str = new_root!(
    "
    mkdir /nodes
    for node in null zero urandom; do
        touch /nodes/$node
        mount --bind /dev/$node /nodes/$node
    done
    mount --rbind /nodes /dev"
);
const NO_DEV: &str = new_root!("umount -l \"$ROOT\" /dev; rmdir /dev");
const NO_SYS: &str = new_root!("umount -l \"$ROOT\" /sys; rmdir /sys");

const UNMARKED: &str = new_root!("mount --bind /dev/null /proc/$$/cgroup");
const SERVICE: &str = new_root!(
    "
    echo 0::/system.slice/runner.service > /run/cgroup
    mount --bind /run/cgroup /proc/$$/cgroup"
);
const DOCKER: &str = new_root!("touch /.dockerenv; mount --bind /etc/hosts /etc/hosts");
const PODMAN: &str = new_root!("touch /run/.containerenv");

/// Emulates AppArmor by its errno and its evidence: a /proc made of files, whose `setgroups` can't
/// be opened for writing. (A capability over files of an id counts only once the id is mapped.)
const APPARMOR: &str = new_root!(
    "
    mount -t tmpfs none /proc
    mkdir -p /proc/self/attr /proc/sys/kernel
    touch /proc/self/status /proc/self/setgroups
    chmod 444 /proc/self/setgroups
    echo unconfined > /proc/self/attr/current
    echo 1 > /proc/sys/kernel/apparmor_restrict_unprivileged_userns"
);

/// Emulates a Debian kernel by its errno, and by a /proc made of files with the content of such a
/// kernel's.
macro_rules! debian {
    ($mark:literal) => {
        new_root!(concat!(
            $mark,
            r#"
    mount -t tmpfs none /proc
    mkdir -p /proc/self /proc/sys/kernel
    ln -s "$0" /proc/self/exe
    printf 'Seccomp:\t0\n' > /proc/self/status
    echo 0 > /proc/sys/kernel/unprivileged_userns_clone
    exec setpriv --bounding-set=-sys_admin "$0" "$@""#
        ))
    };
}

const DEBIAN: &str = debian!("");
const DEBIAN_IN_DOCKER: &str = debian!("touch /.dockerenv; mount --bind /etc/hosts /etc/hosts");

/// lxcfs covers files of /sys, and systemd in the container names its engine.
const LXC_SYS: &str = "
    mount -t tmpfs none /run
    mkdir /run/systemd
    echo lxc > /run/systemd/container
    mount --bind /dev/null /sys/kernel/uevent_seqnum";

/// With a network of its own, systemd-nspawn builds /sys from parts of a sysfs.
const NSPAWN_SYS: &str = "
    mount -t tmpfs none /run
    mkdir /run/host
    echo systemd-nspawn > /run/host/container-manager
    mount -t tmpfs none /mnt
    for part in class devices; do
        mkdir /mnt/$part
        mount --rbind /sys/$part /mnt/$part
    done
    mount --rbind /mnt /sys";

/// The new root is a directory, not a mount; its content is the host's.
const CHROOT: &str = r#"
    for entry in /*; do
        if test -L "$entry"; then
            mkdir -p "$ROOT"
            ln -sfn "$(readlink "$entry")" "$ROOT$entry"
        elif test -d "$entry"; then
            mkdir -p "$ROOT$entry"
            mount --rbind "$entry" "$ROOT$entry"
        fi
    done
    exec chroot "$ROOT" "$0" "$@""#;
