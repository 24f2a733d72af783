//! The paths that may be written from inside, and why.

use ns_test_suite::host::Feature;

/// A path, or everything below it if it ends in `/**`, and why a test may write to it.
type Entry = (&'static str, &'static str);

/// A fixture, the feature that the kernel must have, and the paths that the fixture may write in
/// addition to the common ones.
type Fixture = (&'static str, Option<Feature>, &'static [&'static [Entry]]);

pub(crate) const FIXTURES: &[Fixture] = &[
    ("user", None, &[OTHERS, SHARED]),
    ("bare", None, &[NET, IPC, UTS]),
    ("mount", None, &[OTHERS, SHARED]),
    ("net", None, &[OTHERS, SHARED, NET]),
    ("pid", None, &[SHARED]),
    ("small_ones", Some(Feature::TIME), &[IPC, UTS]),
    ("another_uid", None, &[OTHERS, SHARED]),
    ("bound_sys", None, &[]),
    ("bound_proc", None, &[OF_A_COPY]),
    ("bound_proc_sys", None, &[OF_A_COPY]),
    ("bound_root", None, &[OF_A_COPY]),
    ("bound_cgroups", None, &[]),
    ("nested", None, &[SHARED, NET]),
    (
        "devices_of_the_host",
        None,
        &[&[("/dev/**", "`dev = \"host\"` asks for them")]],
    ),
];

const ALL: &[Entry] = &[
    ("/proc/self/**", "the test's own process"),
    ("/proc/thread-self/**", "the test's own process"),
    (
        "/proc/sys/user/**",
        "limits of the test's own user namespace",
    ),
    ("/dev", "a tmpfs of the test's own"),
    ("/dev/null", "keeps nothing"),
    ("/dev/zero", "keeps nothing"),
    ("/dev/full", "keeps nothing"),
    (
        "/dev/random",
        "anybody may add to the entropy, which is not trusted",
    ),
    ("/dev/urandom", "the same"),
    ("/dev/tty", "the process's own terminal, and it has none"),
    ("/dev/pts/**", "terminals of the test's own"),
    ("/dev/fuse", "mounts in the test's own mount namespace"),
    ("/dev/net", "a directory of the test's own"),
    ("/dev/net/tun", "interfaces of the test's own network"),
    ("/sys/kernel/security/apparmor/.null", APPARMORS_NULL),
    ("/mnt/kernel/security/apparmor/.null", APPARMORS_NULL),
    ("/mnt/sys/kernel/security/apparmor/.null", APPARMORS_NULL),
];

/// The reason for AppArmor's null device, which AppArmor opens in place of descriptors that a new
/// profile forbids.
const APPARMORS_NULL: &str = "a device with the numbers of /dev/null: keeps nothing";

const NET: &[Entry] = &[
    ("/proc/sys/net/**", "settings of the test's own network"),
    (
        "/sys/devices/virtual/net/**",
        "interfaces of the test's own network",
    ),
];

const IPC: &[Entry] = &[
    (
        "/proc/sys/fs/mqueue/**",
        "settings of the test's own queues",
    ),
    (
        "/proc/sys/kernel/shmmax",
        "setting of the test's own shared memory",
    ),
    ("/proc/sys/kernel/shmall", "the same"),
    ("/proc/sys/kernel/shmmni", "the same"),
    ("/proc/sys/kernel/shm_rmid_forced", "the same"),
    (
        "/proc/sys/kernel/msgmax",
        "setting of the test's own queues",
    ),
    ("/proc/sys/kernel/msgmnb", "the same"),
    ("/proc/sys/kernel/msgmni", "the same"),
    (
        "/proc/sys/kernel/sem",
        "setting of the test's own semaphores",
    ),
    ("/dev/shm/**", "shared memory of the test's own"),
    ("/dev/mqueue/**", "queues of the test's own"),
];

const UTS: &[Entry] = &[
    ("/proc/sys/kernel/hostname", "the test's own host name"),
    ("/proc/sys/kernel/domainname", "the test's own domain name"),
];

/// What a test without `ipc` shares with the host.
const SHARED: &[Entry] = &[
    (
        "/dev/shm/**",
        "POSIX shared memory is the machine's without `ipc`",
    ),
    (
        "/dev/mqueue/**",
        "POSIX queues are the machine's without `ipc`",
    ),
];

/// The processes that a test without `pid` sees. Such a test can also signal them.
const OTHERS: &[Entry] = &[(
    "/proc/1/**",
    "without `pid` the machine's processes are in reach, as for kill(2)",
)];

/// The same rules make the content of a bind mount the test's.
const OF_A_COPY: &[Entry] = &[
    ("/mnt/self/**", "the test's own process"),
    ("/mnt/proc/self/**", "the test's own process"),
    ("/mnt/user/**", "limits of the test's own user namespace"),
    (
        "/mnt/sys/user/**",
        "limits of the test's own user namespace",
    ),
    (
        "/mnt/proc/sys/user/**",
        "limits of the test's own user namespace",
    ),
    ("/mnt/proc/sys/net/**", "settings of the test's own network"),
];

/// Returns why this fixture may write to the path.
pub(crate) fn reason(test: &str, path: &str) -> Option<&'static str> {
    let (.., more) = FIXTURES.iter().find(|(name, ..)| *name == test)?;
    let entries = more.iter().copied().chain([ALL]).flatten();
    entries
        .filter(|(pattern, _)| matches(pattern, path))
        .map(|(_, reason)| *reason)
        .next()
}

fn matches(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix("/**") {
        Some(tree) => path
            .strip_prefix(tree)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
        None => path == pattern,
    }
}
