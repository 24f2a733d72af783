//! Made-up machines and failures: each part is random, and `NS_TEST_SEED` repeats a run.

use std::env;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::diagnose::cause::Cause;
use crate::diagnose::environment::Environment;
use crate::diagnose::evidence::Evidence;
use crate::diagnose::mount_table::MountTable;
use crate::error::{Errno, Step};

pub(super) fn evidence(random: &mut Random) -> Evidence {
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
        security_modules: (!random.chance(3)).then(|| random.text(MODULES)),
        selinux_enforces: random.chance(4),
        label: (!random.chance(3)).then(|| random.text(LABELS)),
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

/// Contents of /sys/kernel/security/lsm.
const MODULES: &[&str] = &[
    "capability,landlock,yama",
    "lockdown,capability,landlock,yama,safesetid,ima,evm",
    "lockdown,capability,landlock,yama,apparmor",
    "capability,selinux,bpf",
];

/// Contents of /proc/self/attr/current.
const LABELS: &[&str] = &[
    "unconfined",
    "docker-default (enforce)",
    "my-tests (complain)",
    "system_u:system_r:container_t:s0",
];

pub(super) const STEPS: &[Step] = &[
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

pub(super) const ERRNOS: &[Errno] = &[
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

/// All causes that a diagnosis may name.
pub(super) const ALL: [Cause; 30] = [
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
pub(super) struct Random(u64);

impl Random {
    /// Takes the seed from `NS_TEST_SEED`, else from the clock. Returns it for the failure's
    /// message.
    pub(super) fn seeded() -> (Self, u64) {
        let seed = env::var("NS_TEST_SEED").ok();
        let seed = seed.map_or_else(now, |seed| seed.parse().expect("NS_TEST_SEED is a number"));
        (Self(seed | 1), seed)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 11
    }

    pub(super) fn chance(&mut self, one_in: u64) -> bool {
        self.next() % one_in == 0
    }

    pub(super) fn of<T: Copy>(&mut self, all: &[T]) -> T {
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
