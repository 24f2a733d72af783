//! The kernel's rule that an overlay has broken. The kernel answers EINVAL for all of them.

use std::fs;
use std::path::Path;

use super::shown::Shown;
use crate::sys::Errno;
use crate::sys::procfs::{self, Mount};

/// Explains why the kernel refused an overlay of these directories. `None`: no known rule forbids
/// it.
pub(super) fn explain(errno: Errno, lower: &[&Path]) -> Option<String> {
    if errno == Errno::LOOP {
        return Some("one of its lower directories is inside another: use directories that do not contain each other".to_owned());
    }
    if errno != Errno::INVAL {
        return None;
    }
    let table = procfs::read("/proc/self/mountinfo").unwrap_or_default();
    let mounts = procfs::mounts(&table);
    lower.iter().find_map(|lower| rule(lower, &mounts))
}

fn rule(lower: &Path, mounts: &[Mount<'_>]) -> Option<String> {
    let lower = fs::canonicalize(lower).ok()?;
    let name = Shown::new(&lower);
    if !lower.is_dir() {
        return Some(format!(
            "{name} is not a directory: overlay the directory that contains it"
        ));
    }
    let below = |mount: &Mount<'_>| point(mount).starts_with(&lower) && point(mount) != lower;
    if mounts.iter().any(below) {
        return Some(format!(
            "{name} has mounts below it, so it can't be a layer of an overlay in a user namespace; overlay directories below it instead"
        ));
    }
    // Of several mounts at one point the last one counts, because it covers the others.
    let above = mounts
        .iter()
        .filter(|mount| lower.starts_with(point(mount)));
    let on = above.max_by_key(|mount| point(mount).components().count())?;
    match on.kind {
        "overlay" => Some(format!(
            "{name} is on an overlay whose own layers are on another: the kernel stacks at most two overlays, and this would be the third; overlay a directory on another file system, such as a tmpfs"
        )),
        "proc" | "sysfs" | "cgroup" | "cgroup2" | "devpts" | "autofs" | "vfat" => Some(format!(
            "{name} is on a file system that can't be a layer of an overlay: {}; overlay a copy of the files on another file system",
            on.kind
        )),
        _ => None,
    }
}

fn point<'m>(mount: &'m Mount<'_>) -> &'m Path {
    Path::new(&*mount.point)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(lower: &str, table: &str) -> Option<String> {
        rule(Path::new(lower), &procfs::mounts(table))
    }

    #[test]
    fn each_rule_is_named() {
        let root = "1 0 8:1 / / rw - ext4 /dev/root rw";
        let has = |answer: Option<String>, part: &str| {
            assert!(
                answer
                    .as_deref()
                    .is_some_and(|answer| answer.contains(part)),
                "{answer:?}"
            );
        };
        has(
            told(
                "/usr",
                &format!("{root}\n2 1 0:9 / /usr/my\\040lib rw - tmpfs none rw"),
            ),
            "has mounts below it",
        );
        has(told("/etc/passwd", root), "is not a directory");
        has(
            told("/usr", "1 0 0:8 / / rw - overlay overlay rw"),
            "would be the third",
        );
        has(
            told("/usr", &format!("{root}\n2 1 0:9 / /usr rw - vfat none rw")),
            "vfat",
        );
        assert_eq!(told("/usr", root), None);
        // Only the topmost mount at a point counts.
        let covered =
            format!("{root}\n2 1 0:9 / /usr rw - vfat none rw\n3 2 0:9 / /usr rw - ext4 none rw");
        assert_eq!(told("/usr", &covered), None);
    }

    #[test]
    fn no_rule_explains_another_errno() {
        assert_eq!(explain(Errno::PERM, &[Path::new("/dev")]), None);
        assert!(explain(Errno::LOOP, &[]).is_some());
    }
}
