//! A /dev of the test's own: what programs need of one, and no device of the machine.
//!
//! Real root owns the device nodes of the machine. A user namespace does not keep it from opening them, and many do
//! something by that alone: `losetup -f` makes a new loop device.

use std::ffi::CStr;
use std::path::Path;

use crate::error::SetupError;
use crate::request::spec::{Dev, Mount};
use crate::sandbox::host::absolute;

use super::mount_one::What;
use super::namespaces::NamespaceMounts;
use super::plan::Draft;

/// Nodes that keep nothing, or make something in the namespaces of who opens them.
const NODES: [&str; 8] = [
    "null", "zero", "full", "random", "urandom", "tty", "fuse", "net/tun",
];

const LINKS: [(&str, &CStr); 5] = [
    ("ptmx", c"pts/ptmx"),
    ("fd", c"/proc/self/fd"),
    ("stdin", c"/proc/self/fd/0"),
    ("stdout", c"/proc/self/fd/1"),
    ("stderr", c"/proc/self/fd/2"),
];

impl Draft<'_> {
    /// Before what the namespaces mount below it, and before the test's own mounts, which take the place of these.
    pub(super) fn own_dev(
        &mut self,
        asked: &Mount,
        namespaces: &NamespaceMounts,
    ) -> Result<(), SetupError> {
        let is_fenced = namespaces.user && self.facts.real_root;
        let wanted = asked.dev == Dev::Own || asked.dev == Dev::AsNeeded && is_fenced;
        if !wanted || mounts_dev(asked) {
            return Ok(());
        }
        let dev = Path::new("/dev");
        let options = self.tmpfs_options(None, 0o755);
        self.implied(dev, What::Tmpfs { options }, true);
        for node in NODES {
            self.from_host(&dev.join(node))?;
        }
        if !namespaces.ipc {
            self.from_host(&dev.join("shm"))?;
            self.from_host(&dev.join("mqueue"))?;
        }
        self.implied(dev.join("pts"), What::Terminals, true);
        for (name, to) in LINKS {
            self.implied(dev.join(name), What::Link { to }, true);
        }
        Ok(())
    }

    /// Where the host has it.
    fn from_host(&mut self, path: &Path) -> Result<(), SetupError> {
        let source = self.bound(path, true)?;
        let what = What::Bind {
            source,
            read_only: false,
        };
        self.implied(path, what, true);
        Ok(())
    }
}

/// Whether the test mounts something of its own at /dev.
fn mounts_dev(asked: &Mount) -> bool {
    let tmpfs = asked.tmpfs.iter().map(|tmpfs| &*tmpfs.path);
    let bind = asked.bind.iter().map(|bind| &*bind.target);
    let overlay = asked.overlay.iter().map(|overlay| &*overlay.target);
    let mut targets = tmpfs.chain(bind).chain(overlay);
    targets.any(|target| absolute(Path::new("/"), Path::new(target)) == Path::new("/dev"))
}
