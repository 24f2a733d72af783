//! Queries of the host, to find what a test left behind.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Returns the readable processes with this word in their command line or environment.
#[must_use]
pub fn processes_with(word: &str) -> Vec<u32> {
    let holds = |file: &Path| {
        fs::read(file).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(word))
    };
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .filter(|(pid, path)| {
            *pid != std::process::id()
                && (holds(&path.join("cmdline")) || holds(&path.join("environ")))
        })
        .map(|(pid, _)| pid)
        .collect()
}

/// Returns the namespaces of this kind (a name in `/proc/PID/ns`) that readable processes are in.
#[must_use]
pub fn namespaces(kind: &str) -> BTreeSet<String> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|entry| fs::read_link(entry.path().join("ns").join(kind)).ok())
        .map(|link| link.display().to_string())
        .collect()
}

/// Returns the number of network namespaces in kernel memory, including those without a process.
/// `None`: only root may read it.
#[must_use]
pub fn networks_in_memory() -> Option<u64> {
    let table = fs::read_to_string("/proc/slabinfo").ok()?;
    let line = table
        .lines()
        .find(|line| line.starts_with("net_namespace "))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Returns whether an optional program is on the `PATH`.
///
/// # Panics
/// If it is missing under `CI`, where every program that the tests need is installed.
#[must_use]
pub fn has_program(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|directory| directory.join(name).is_file());
    assert!(
        found || std::env::var_os("CI").is_none(),
        "{name} is missing on a machine that has to have it"
    );
    found
}

/// Returns the mounts of this process's mount namespace.
#[must_use]
pub fn mounts() -> Vec<String> {
    let table = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    table.lines().map(ToOwned::to_owned).collect()
}

/// Returns the network interfaces of this process's network namespace, without the fallback devices
/// of tunnels.
#[must_use]
pub fn interfaces() -> Vec<String> {
    let table = fs::read_to_string("/proc/self/net/dev").unwrap_or_default();
    let names = table
        .lines()
        .skip(2)
        .filter_map(|line| line.split(':').next());
    let names = names.map(str::trim).filter(|name| !is_fallback(name));
    names.map(ToOwned::to_owned).collect()
}

/// Returns whether the kernel adds this interface to every new network namespace when a tunnel's
/// module is loaded: `net.core.fb_tunnels_only_for_init_net`.
#[must_use]
pub fn is_fallback(interface: &str) -> bool {
    const DEVICES: [&str; 9] = [
        "tunl0", "gre0", "gretap0", "erspan0", "ip_vti0", "sit0", "ip6tnl0", "ip6gre0", "ip6_vti0",
    ];
    DEVICES.contains(&interface)
}

/// Returns whether this process is privileged: uid 0 with `CAP_SYS_ADMIN`.
#[must_use]
pub fn is_real_root() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let capabilities = effective
        .and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok())
        .unwrap_or(0);
    const CAP_SYS_ADMIN: u32 = 21;
    capabilities >> CAP_SYS_ADMIN & 1 == 1
}

/// Returns whether uid 0 here is the host's uid 0, which the kernel exempts from `RLIMIT_NPROC`.
#[must_use]
pub fn is_uid_zero_outside() -> bool {
    let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    map.split_whitespace().nth(1) == Some("0")
}

/// Returns why this machine can't map more than one id, if it can't.
#[must_use]
pub fn lacks_ids() -> Option<String> {
    let user = String::from_utf8(Command::new("id").arg("-un").output().ok()?.stdout).ok()?;
    let file = fs::read_to_string("/etc/subuid").unwrap_or_default();
    let has_line = file
        .lines()
        .any(|line| line.starts_with(&format!("{}:", user.trim())));
    let has_helper = Command::new("newuidmap").output().is_ok();
    match (has_line, has_helper) {
        _ if is_real_root() => None,
        (false, _) => Some(format!("/etc/subuid has no line for {}", user.trim())),
        (_, false) => Some("newuidmap is not installed".to_owned()),
        (true, true) => None,
    }
}

/// A feature of the kernel, with the first release that has it.
#[derive(Clone, Copy, Debug)]
pub struct Feature {
    name: &'static str,
    since: (u32, u32),
}

impl Feature {
    /// Overlays in a user namespace.
    pub const OVERLAYS: Self = Self {
        name: "an overlay in a user namespace",
        since: (5, 11),
    };

    /// Time namespaces.
    pub const TIME: Self = Self {
        name: "a time namespace",
        since: (5, 6),
    };

    /// Returns why a test with this feature is skipped, if the kernel is older.
    #[must_use]
    pub fn lacking(self) -> Option<String> {
        let (major, minor) = self.since;
        is_before(major, minor, self.name)
    }
}

/// Returns why a test is skipped on this kernel: it is older than the first release with the
/// feature.
#[must_use]
pub fn is_before(major: u32, minor: u32, feature: &str) -> Option<String> {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").ok()?;
    let mut numbers = release
        .trim()
        .split(|letter: char| !letter.is_ascii_digit());
    let mut next = || numbers.next()?.parse::<u32>().ok();
    let own = (next()?, next()?);
    (own < (major, minor))
        .then(|| format!("Linux {}.{}: {feature} needs {major}.{minor}", own.0, own.1))
}
