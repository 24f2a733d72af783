//! What covers the kernel's own file systems, and where `/` is: /proc/self/mountinfo.

/// What /proc/self/mountinfo says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mounts {
    /// Whether it can be read, and holds no line for `/`.
    pub(super) lacks_root: bool,
    /// Mount points that cover parts of /proc.
    pub(super) below_proc: Vec<String>,
    /// Mount points that cover parts of /sys.
    pub(super) below_sys: Vec<String>,
    /// The filesystem on /proc is mounted read-only.
    pub(super) proc_read_only: bool,
}

impl Mounts {
    pub(super) fn of(mountinfo: &str) -> Self {
        let lines = mountinfo.lines().filter_map(|line| {
            let (place, _) = line.split_once(" - ")?;
            let mut fields = place.split(' ').skip(4);
            Some((fields.next()?, fields.next()?))
        });
        let mounts: Vec<(&str, &str)> = lines.collect();
        let is_read_only = |options: &str| options.split(',').any(|option| option == "ro");
        let top = mounts.iter().rfind(|(point, _)| *point == "/proc");
        let below = |tree: &str| {
            let points = mounts.iter().map(|(point, _)| *point);
            points
                .filter(|point| point.starts_with(tree) && !is_empty_there(point))
                .map(ToOwned::to_owned)
                .collect()
        };
        Self {
            lacks_root: !mounts.is_empty() && mounts.iter().all(|(point, _)| *point != "/"),
            below_proc: below("/proc/"),
            below_sys: below("/sys/"),
            proc_read_only: top.is_some_and(|(_, options)| is_read_only(options)),
        }
    }
}

/// Whether the kernel keeps the directory empty, for mounts: what lies on those covers nothing (`mount_too_revealing` in
/// fs/namespace.c).
fn is_empty_there(point: &str) -> bool {
    const EMPTY: [&str; 13] = [
        "/proc/sys/fs/binfmt_misc",
        "/proc/fs/nfsd",
        "/proc/openprom",
        "/sys/fs/cgroup",
        "/sys/fs/bpf",
        "/sys/fs/pstore",
        "/sys/fs/selinux",
        "/sys/fs/smackfs",
        "/sys/fs/fuse/connections",
        "/sys/kernel/debug",
        "/sys/kernel/tracing",
        "/sys/kernel/config",
        "/sys/kernel/security",
    ];
    let is_below = |empty: &str| {
        point
            .strip_prefix(empty)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    EMPTY.iter().any(|empty| is_below(empty)) || point == "/sys/firmware/efi/efivars"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_below_proc_and_a_missing_root_are_seen() {
        let whole = "1 0 0:1 / / rw - ext4 /dev/vda rw\n2 1 0:2 / /proc rw - proc proc rw\n";
        assert_eq!(Mounts::of(whole), Mounts::default());
        let jail =
            "2 1 0:2 / /proc ro - proc proc rw\n3 2 0:3 / /proc/kcore rw - devtmpfs dev rw\n";
        assert_eq!(
            Mounts::of(jail),
            Mounts {
                lacks_root: true,
                below_proc: vec!["/proc/kcore".to_owned()],
                below_sys: Vec::new(),
                proc_read_only: true,
            }
        );
    }
}
