//! The mounts of this process, line by line, without allocation: `proc_pid_mountinfo(5)`.

use std::ffi::CStr;
use std::os::fd::{AsFd as _, OwnedFd};

use crate::sys::Text;
use crate::sys::{Errno, fd};

/// The kernel's limit on the length of a path.
const PATH_MAX: usize = 4096;

/// A mount, with the fields used here.
pub(super) struct Line<'b> {
    pub(super) id: u32,
    pub(super) parent: u32,
    /// The mounted directory of the file system, with the line's escapes.
    pub(super) root: &'b [u8],
    point: Text<PATH_MAX>,
    /// The type of the file system.
    pub(super) kind: &'b [u8],
}

/// Calls `each` for every mount, in the order of the file: parents come before children.
pub(super) fn for_each(
    file: &OwnedFd,
    mut each: impl FnMut(&Line<'_>) -> Result<(), Errno>,
) -> Result<(), Errno> {
    let mut buffer = [0; 2 * PATH_MAX];
    let mut filled = 0;
    loop {
        let more = fd::read(file.as_fd(), &mut buffer[filled..])?;
        filled += more;
        let whole = buffer[..filled].iter().rposition(|byte| *byte == b'\n');
        let Some(end) = whole.map(|last| last + 1) else {
            // The end of the file, or a line longer than the kernel's page.
            return Ok(());
        };
        let lines = buffer[..end].split(|byte| *byte == b'\n');
        lines
            .filter_map(Line::parse)
            .try_for_each(|line| each(&line))?;
        buffer.copy_within(end..filled, 0);
        filled -= end;
        if more == 0 {
            return Ok(());
        }
    }
}

impl<'b> Line<'b> {
    fn parse(line: &'b [u8]) -> Option<Self> {
        let mut fields = line.split(|byte| *byte == b' ');
        let id = number(fields.next()?)?;
        let parent = number(fields.next()?)?;
        let _device = fields.next()?;
        let root = fields.next()?;
        let point = unescaped(fields.next()?);
        // Some optional fields end in a hyphen.
        let kind = fields.skip_while(|field| *field != b"-").nth(1)?;
        Some(Self {
            id,
            parent,
            root,
            point,
            kind,
        })
    }

    pub(super) fn point(&self) -> &CStr {
        self.point.as_c_str()
    }

    /// Returns a path below the mount point.
    pub(super) fn below(&self, path: &[u8]) -> Text<PATH_MAX> {
        let mut whole = Text::new();
        whole.push(self.point.as_bytes());
        if self.point.as_bytes() != b"/" {
            whole.push(b"/");
        }
        whole.push(path);
        whole
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Replaces the kernel's octal escapes for space, tab, newline and backslash.
fn unescaped(path: &[u8]) -> Text<PATH_MAX> {
    let mut text = Text::new();
    let mut rest = path;
    while let [first, others @ ..] = rest {
        rest = others;
        match (first, others) {
            (
                b'\\',
                [
                    a @ b'0'..=b'3',
                    b @ b'0'..=b'7',
                    c @ b'0'..=b'7',
                    after @ ..,
                ],
            ) => {
                text.push(&[(a - b'0') * 64 + (b - b'0') * 8 + (c - b'0')]);
                rest = after;
            }
            _ => text.push(&[*first]),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_line_is_read_in_parts() {
        let line =
            b"36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 - ext3 /dev/root rw,errors=continue";
        let line = Line::parse(line).expect("it is the one of the manual page");
        assert_eq!((line.id, line.parent), (36, 35));
        assert_eq!(line.root, b"/mnt1");
        assert_eq!(line.point(), c"/mnt 2");
        assert_eq!(line.kind, b"ext3");
        assert_eq!(line.below(b"sys").as_c_str(), c"/mnt 2/sys");
        assert!(Line::parse(b"").is_none());
    }

    #[test]
    fn all_lines_are_read() {
        let path = "/proc/self/mountinfo";
        let text = fs::read_to_string(path).expect("/proc is there");
        let file = fs::File::open(path).expect("/proc is there").into();
        let mut ids = Vec::new();
        for_each(&file, |line| {
            ids.push(line.id.to_string());
            Ok(())
        })
        .expect("it is read");
        let expected = text.lines().filter_map(|line| line.split(' ').next());
        assert!(ids.iter().eq(expected), "{ids:?}");
    }
}
