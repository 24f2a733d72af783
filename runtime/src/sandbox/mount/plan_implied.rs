//! The mounts that a test gets without asking for each, in a plan under construction.

use std::fs;
use std::path::Path;

use crate::error::SetupError;
use crate::request::spec::{Dev, Mount};

use super::dev::OwnDev;
use super::mount_one::What;
use super::namespaces::NamespaceMounts;
use super::plan::Draft;

impl Draft<'_> {
    /// Plans the mounts that namespaces imply.
    pub(super) fn of_namespaces(&mut self, namespaces: &NamespaceMounts) -> Result<(), SetupError> {
        if namespaces.proc {
            self.implied("/proc", What::Proc, false);
        }
        if namespaces.sys {
            self.implied("/sys", What::Sys, true);
            if namespaces.cgroup.is_none() {
                // The new sysfs hides the mounts below the old one.
                let cgroups = self.bound(Path::new("/sys/fs/cgroup"), true)?;
                self.implied(
                    "/sys/fs/cgroup",
                    What::Bind {
                        source: cgroups,
                        read_only: false,
                    },
                    true,
                );
            }
        }
        if let Some(writable) = namespaces.cgroup {
            self.implied("/sys/fs/cgroup", What::Cgroup { writable }, true);
        }
        if namespaces.ipc {
            self.implied("/dev/mqueue", What::Mqueue, true);
            let shm = self.tmpfs_options(None, 0o1777);
            // shm_open(3) needs it. In a new root that the test provides, it may be missing.
            let optional = self.root.is_some();
            self.implied("/dev/shm", What::Tmpfs { options: shm }, optional);
        }
        Ok(())
    }

    /// Plans an empty /tmp that still shows, at their paths, the directories that the test needs.
    pub(super) fn private_tmp(&mut self) -> Result<(), SetupError> {
        let options = self.tmpfs_options(None, 0o1777);
        self.implied("/tmp", What::Tmpfs { options }, self.root.is_some());
        if self.root.is_none() {
            for path in &self.facts.visible {
                let source = self.bound(path, true)?;
                self.implied(
                    path,
                    What::Bind {
                        source,
                        read_only: false,
                    },
                    false,
                );
            }
        }
        Ok(())
    }

    /// Keeps the profile directory writable. Without it coverage would be lost, and only a line in
    /// the test's output would report that.
    pub(super) fn profiles(&mut self) -> Result<(), SetupError> {
        let Some(directory) = &self.facts.profiles else {
            return Ok(());
        };
        let target = self.inside(directory);
        if directory != Path::new("/") && self.entries.iter().all(|entry| entry.target != target) {
            let source = self.bound(directory, true)?;
            self.implied(
                directory,
                What::Bind {
                    source,
                    read_only: false,
                },
                true,
            );
        }
        Ok(())
    }

    /// Makes the test's own host name resolve, through /etc/hosts, as on a real machine.
    pub(super) fn own_names(&mut self, namespaces: &NamespaceMounts) {
        let Some(name) = &namespaces.host_name else {
            return;
        };
        let Ok(old) = fs::read(self.inside("/etc/hosts")) else {
            return;
        };
        let content = [format!("127.0.0.1\t{name}\n::1\t{name}\n").as_bytes(), &old].concat();
        let file = self.scratch.add_file(content);
        self.implied("/etc/hosts", What::Scratch { file }, true);
    }

    /// Plans the test's own /dev. It precedes the mounts of namespaces below it, and the test's own
    /// mounts replace it.
    pub(super) fn own_dev(
        &mut self,
        asked: &Mount,
        namespaces: &NamespaceMounts,
    ) -> Result<(), SetupError> {
        let is_fenced = namespaces.user && self.facts.real_root;
        let is_wanted = asked.dev == Dev::Own || asked.dev == Dev::AsNeeded && is_fenced;
        if is_wanted {
            let options = self.tmpfs_options(None, 0o755);
            let dev = OwnDev::new(&self.inside("/dev"), options, !namespaces.ipc)?;
            self.implied("/dev", What::Dev(Box::new(dev)), true);
        }
        Ok(())
    }
}
