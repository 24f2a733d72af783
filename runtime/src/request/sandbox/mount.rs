//! `mount`: the file tree of the sandbox.

use std::path::Path;

use crate::request::spec::{Bind, Dev, List, Mount, Overlay, Propagation, Tmp, Tmpfs};

use super::builder::{Sandbox, path_of};

impl Sandbox {
    /// Requests `mount`: a separate mount tree, private both ways, with an empty /tmp;
    /// `mount_namespaces(7)`.
    pub fn mount(mut self) -> Self {
        self.tree();
        self
    }

    /// Adds `mount(tmpfs = "PATH")`: an empty file system in memory.
    pub fn tmpfs(self, path: impl AsRef<Path>) -> Self {
        self.with_tmpfs(Tmpfs {
            path: path_of(path),
            size: None,
            mode: None,
        })
    }

    /// Adds `mount(tmpfs("PATH", size = .., mode = ..))`: a tmpfs of this size, with these
    /// permissions.
    pub fn tmpfs_with(self, path: impl AsRef<Path>, size: u64, mode: u32) -> Self {
        self.with_tmpfs(Tmpfs {
            path: path_of(path),
            size: Some(size),
            mode: Some(mode),
        })
    }

    /// Adds `mount(bind("SOURCE", "/TARGET"))`: the target also shows this file or directory of the
    /// host.
    pub fn bind(self, source: impl AsRef<Path>, target: impl AsRef<Path>) -> Self {
        self.with_bind(Bind {
            source: path_of(source),
            target: path_of(target),
            ro: false,
        })
    }

    /// Adds `mount(bind("SOURCE", "/TARGET", ro))`: the same, but read-only at the target.
    pub fn bind_ro(self, source: impl AsRef<Path>, target: impl AsRef<Path>) -> Self {
        self.with_bind(Bind {
            source: path_of(source),
            target: path_of(target),
            ro: true,
        })
    }

    /// Adds `mount(ro = "PATH")`: the tree at the path becomes read-only.
    pub fn ro(mut self, path: impl AsRef<Path>) -> Self {
        self.tree().ro.to_mut().push(path_of(path));
        self
    }

    /// Adds `mount(overlay = "PATH")`: the directory becomes writable. Its changes are discarded at
    /// the end.
    pub fn overlay(self, path: impl AsRef<Path>) -> Self {
        self.with_overlay(Overlay {
            lower: List::Borrowed(&[]),
            target: path_of(path),
            size: None,
        })
    }

    /// Adds `mount(overlay(["TOPMOST", "LOWEST"], "/TARGET"))`: the target shows these directories,
    /// merged, and is writable. Its changes are discarded at the end.
    ///
    /// ```
    /// use ns_test::Sandbox;
    ///
    /// let site = Sandbox::new().overlay_of(["fixtures/site", "/usr/share/nginx/html"], "/srv");
    /// # let _ = site;
    /// ```
    pub fn overlay_of<L: AsRef<Path>>(
        self,
        lower: impl IntoIterator<Item = L>,
        target: impl AsRef<Path>,
    ) -> Self {
        self.with_overlay(Overlay {
            lower: lower.into_iter().map(path_of).collect(),
            target: path_of(target),
            size: None,
        })
    }

    /// Adds `mount(overlay("LOWER", "/TARGET", size = ..))`: the same, with room for this many
    /// bytes of changes. Default: half of the machine's memory, 1 GiB at most.
    pub fn overlay_with<L: AsRef<Path>>(
        self,
        lower: impl IntoIterator<Item = L>,
        target: impl AsRef<Path>,
        size: u64,
    ) -> Self {
        self.with_overlay(Overlay {
            lower: lower.into_iter().map(path_of).collect(),
            target: path_of(target),
            size: Some(size),
        })
    }

    /// Sets `mount(root = "PATH")`: the directory becomes `/`. All other targets are inside it.
    pub fn root(mut self, path: impl AsRef<Path>) -> Self {
        self.tree().root = Some(path_of(path));
        self
    }

    /// Sets `mount(tmp = "host")`: /tmp stays the host's.
    pub fn host_tmp(mut self) -> Self {
        self.tree().tmp = Tmp::Host;
        self
    }

    /// Sets `mount(dev = "own")`: the sandbox gets its own /dev, which is the default for real
    /// root.
    pub fn own_dev(mut self) -> Self {
        self.tree().dev = Dev::Own;
        self
    }

    /// Sets `mount(dev = "host")`: /dev stays the host's, for real root as well.
    pub fn host_dev(mut self) -> Self {
        self.tree().dev = Dev::Host;
        self
    }

    /// Sets `mount(propagation = "slave")`: later mounts of the host also appear inside.
    pub fn slave(mut self) -> Self {
        self.tree().propagation = Propagation::Slave;
        self
    }

    fn with_tmpfs(mut self, tmpfs: Tmpfs) -> Self {
        self.tree().tmpfs.to_mut().push(tmpfs);
        self
    }

    fn with_bind(mut self, bind: Bind) -> Self {
        self.tree().bind.to_mut().push(bind);
        self
    }

    fn with_overlay(mut self, overlay: Overlay) -> Self {
        self.tree().overlay.to_mut().push(overlay);
        self
    }

    pub(super) fn tree(&mut self) -> &mut Mount {
        self.spec().mount.get_or_insert(Mount::BARE)
    }
}
