//! `mount`: what the file tree looks like.

use crate::request::spec::{Bind, Dev, List, Mount, Overlay, Propagation, Tmpfs};

use super::builder::{Sandbox, text};

impl Sandbox {
    /// `mount`: a mount tree of its own, private both ways, with an empty /tmp; `mount_namespaces(7)`.
    pub fn mount(mut self) -> Self {
        self.tree();
        self
    }

    /// `mount(tmpfs = "PATH")`: an empty file system in memory.
    pub fn tmpfs(self, path: impl Into<String>) -> Self {
        self.with_tmpfs(Tmpfs {
            path: text(path),
            size: None,
            mode: None,
        })
    }

    /// `mount(tmpfs("PATH", size = .., mode = ..))`: one that holds this many bytes, with these permissions.
    pub fn tmpfs_with(self, path: impl Into<String>, size: u64, mode: u32) -> Self {
        self.with_tmpfs(Tmpfs {
            path: text(path),
            size: Some(size),
            mode: Some(mode),
        })
    }

    /// `mount(bind("SOURCE", "/TARGET"))`: a file or directory of the host, at another place too.
    pub fn bind(self, source: impl Into<String>, target: impl Into<String>) -> Self {
        self.with_bind(Bind {
            source: text(source),
            target: text(target),
            ro: false,
        })
    }

    /// `mount(bind("SOURCE", "/TARGET", ro))`: the same, read-only there.
    pub fn bind_ro(self, source: impl Into<String>, target: impl Into<String>) -> Self {
        self.with_bind(Bind {
            source: text(source),
            target: text(target),
            ro: true,
        })
    }

    /// `mount(ro = "PATH")`: the tree at the path, read-only.
    pub fn ro(mut self, path: impl Into<String>) -> Self {
        self.tree().ro.to_mut().push(text(path));
        self
    }

    /// `mount(overlay = "PATH")`: the directory becomes writable, and what is written is thrown away at the end.
    pub fn overlay(self, path: impl Into<String>) -> Self {
        self.with_overlay(Overlay {
            lower: List::Borrowed(&[]),
            target: text(path),
            size: None,
        })
    }

    /// `mount(overlay(["TOPMOST", "LOWEST"], "/TARGET"))`: the target shows these directories, merged, and is writable. What is
    /// written is thrown away at the end.
    ///
    /// ```
    /// use ns_test::Sandbox;
    ///
    /// let site = Sandbox::new().overlay_of(["fixtures/site", "/usr/share/nginx/html"], "/srv");
    /// # let _ = site;
    /// ```
    pub fn overlay_of<L: Into<String>>(
        self,
        lower: impl IntoIterator<Item = L>,
        target: impl Into<String>,
    ) -> Self {
        self.with_overlay(Overlay {
            lower: lower.into_iter().map(text).collect(),
            target: text(target),
            size: None,
        })
    }

    /// `mount(overlay("LOWER", "/TARGET", size = ..))`: the same, for this many bytes of changes. Default: half of the machine's
    /// memory, 1 GiB at most.
    pub fn overlay_with<L: Into<String>>(
        self,
        lower: impl IntoIterator<Item = L>,
        target: impl Into<String>,
        size: u64,
    ) -> Self {
        self.with_overlay(Overlay {
            lower: lower.into_iter().map(text).collect(),
            target: text(target),
            size: Some(size),
        })
    }

    /// `mount(root = "PATH")`: the directory becomes `/`. All other targets are meant inside it.
    pub fn root(mut self, path: impl Into<String>) -> Self {
        self.tree().root = Some(text(path));
        self
    }

    /// `mount(tmp = "host")`: /tmp stays the host's.
    pub fn host_tmp(mut self) -> Self {
        self.tree().private_tmp = false;
        self
    }

    /// `mount(dev = "own")`: a /dev of the test's own, which real root has by default.
    pub fn own_dev(mut self) -> Self {
        self.tree().dev = Dev::Own;
        self
    }

    /// `mount(dev = "host")`: /dev stays the host's, for real root as well.
    pub fn host_dev(mut self) -> Self {
        self.tree().dev = Dev::Host;
        self
    }

    /// `mount(propagation = "slave")`: what the host mounts later appears inside, too.
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
