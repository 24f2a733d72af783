//! The formats of /proc that several modules read: `proc(5)`. It allocates.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::path::Path;

/// Reads a file that is text except for the names in it: a process or a mount point may have a name
/// that is not UTF-8. Such bytes are replaced.
pub(crate) fn read(path: impl AsRef<Path>) -> io::Result<String> {
    /// Longer than most of these files.
    const USUAL_LENGTH: usize = 16 << 10;
    // These files have no size. Without a capacity std begins with small reads, and for each the
    // kernel may compute the whole text again.
    let mut bytes = Vec::with_capacity(USUAL_LENGTH);
    File::open(path)?.read_to_end(&mut bytes)?;
    // It copies only what is not UTF-8.
    Ok(String::from_utf8(bytes)
        .unwrap_or_else(|bytes| String::from_utf8_lossy(bytes.as_bytes()).into_owned()))
}

/// Returns the pid of a process in /proc, which differs if /proc belongs to another pid namespace
/// than the caller's. `None`: it has ended, or /proc does not show it.
pub(crate) fn number_of(pidfd: BorrowedFd<'_>) -> Option<u32> {
    let info = fs::read_to_string(format!("/proc/self/fdinfo/{}", pidfd.as_raw_fd())).ok()?;
    let pid = info.lines().find_map(|line| line.strip_prefix("Pid:"))?;
    // -1 and 0 do not name a process.
    pid.trim().parse().ok().filter(|number| *number > 0)
}

/// A line of `/proc/PID/mountinfo`: `proc_pid_mountinfo(5)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mount<'t> {
    pub(crate) id: &'t str,
    pub(crate) parent: &'t str,
    /// The mounted directory of the file system.
    pub(crate) root: Cow<'t, str>,
    pub(crate) point: Cow<'t, str>,
    pub(crate) options: &'t str,
    /// The type of the file system.
    pub(crate) kind: &'t str,
}

impl<'t> Mount<'t> {
    fn parse(line: &'t str) -> Option<Self> {
        // Optional fields end with a lone hyphen.
        let (mount, file_system) = line.split_once(" - ")?;
        let mut fields = mount.split(' ');
        Some(Self {
            id: fields.next()?,
            parent: fields.next()?,
            root: unescape(fields.nth(1)?),
            point: unescape(fields.next()?),
            options: fields.next()?,
            kind: file_system.split(' ').next()?,
        })
    }

    pub(crate) fn is_read_only(&self) -> bool {
        self.options.split(',').any(|option| option == "ro")
    }
}

/// Parses a `mountinfo` file. The last mount of a point covers the others.
pub(crate) fn mounts(mountinfo: &str) -> Vec<Mount<'_>> {
    mountinfo.lines().filter_map(Mount::parse).collect()
}

/// Replaces the octal escapes of the kernel: space, tab, newline, backslash.
fn unescape(path: &str) -> Cow<'_, str> {
    if !path.contains('\\') {
        return path.into();
    }
    let mut parts = path.split('\\');
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part
            .get(..3)
            .and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match code {
            Some(code) => {
                whole.push(char::from(code));
                whole.push_str(&part[3..]);
            }
            None => {
                whole.push('\\');
                whole.push_str(part);
            }
        }
    }
    whole.into()
}

/// Returns the value after `key` (with its separator) in a file with one key on each line:
/// `status`, `meminfo`, `vmstat`.
pub(crate) fn field<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let value = text.lines().find_map(|line| line.strip_prefix(key))?;
    Some(value.trim())
}

/// Returns the first two numbers of a kernel release: the text of `/proc/sys/kernel/osrelease`, and
/// of `/proc/version` after "Linux version ". `None`: the text does not start with them.
pub(crate) fn kernel_version(release: &str) -> Option<(u32, u32)> {
    let (major, rest) = release.split_once('.')?;
    let after = rest.find(|letter: char| !letter.is_ascii_digit());
    let minor = &rest[..after.unwrap_or(rest.len())];
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_not_utf_8_hides_nothing_else() {
        let path = std::env::temp_dir().join(format!("ns-test-procfs-{}", std::process::id()));
        fs::write(&path, b"Name:\tm\xf6bel\nSeccomp:\t2\n").expect("there is a /tmp");
        let status = read(&path).expect("it was written");
        fs::remove_file(&path).expect("it was written");
        assert_eq!(field(&status, "Seccomp:"), Some("2"));
    }

    #[test]
    fn mounts_have_their_paths_unescaped() {
        let table = "36 35 98:0 /a\\040b /mnt/c\\134d rw,ro shared:1 master:2 - ext3 /dev/root rw\nnot a line\n";
        let mounts = mounts(table);
        assert_eq!(mounts.len(), 1);
        let mount = &mounts[0];
        assert_eq!((mount.id, mount.parent), ("36", "35"));
        assert_eq!((&*mount.root, &*mount.point), ("/a b", "/mnt/c\\d"));
        assert_eq!((mount.kind, mount.is_read_only()), ("ext3", true));
        assert_eq!(unescape("a\\"), "a\\");
        assert_eq!(unescape("a\\9\\040"), "a\\9 ");
    }

    #[test]
    fn fields_end_with_their_line() {
        assert_eq!(field("MemTotal:   12 kB\n", "MemTotal:"), Some("12 kB"));
        assert_eq!(field("oom_kill 7\n", "oom_kill "), Some("7"));
        assert_eq!(field("Name: x\n", "Seccomp:"), None);
    }

    #[test]
    fn kernel_versions_are_two_numbers() {
        for (release, expected) in [
            ("5.10.0-30-amd64", Some((5, 10))),
            ("6.1", Some((6, 1))),
            ("6.12-rc3+", Some((6, 12))),
            ("6.6+", Some((6, 6))),
            ("6.18.44-x\n", Some((6, 18))),
            ("5.15.153.1-microsoft-standard-WSL2", Some((5, 15))),
            ("10.0-rc1", Some((10, 0))),
            ("4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016", Some((4, 4))),
            ("6", None),
            ("6.", None),
            ("6.x", None),
            (".12", None),
            ("6-rc3.12", None),
            ("v6.12", None),
            ("4294967296.0", None),
            ("6.4294967296", None),
            ("no digits at all", None),
            ("no.digits", None),
            ("", None),
        ] {
            assert_eq!(kernel_version(release), expected, "{release:?}");
        }
        assert!(kernel_version("5.9.16") < kernel_version("5.10.0"));
    }

    #[test]
    fn this_kernel_has_a_version() {
        let release = read("/proc/sys/kernel/osrelease").expect("there is a /proc");
        let whole = read("/proc/version").expect("there is a /proc");
        let found = kernel_version(&release);
        assert!(found >= Some((2, 6)), "{release:?}");
        assert_eq!(
            whole.strip_prefix("Linux version ").map(kernel_version),
            Some(found)
        );
    }
}
