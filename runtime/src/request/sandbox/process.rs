//! What is no namespace: where the process starts, its variables, its limits.

use std::time::Duration;

use crate::request::spec::Limit;

use super::builder::{Sandbox, text};

impl Sandbox {
    /// `cwd = "PATH"`: where the process starts; a relative path as in [`new`](Self::new), or to `/` in a new root. Default: where the caller is, or `/` in a new root.
    pub fn cwd(mut self, path: impl Into<String>) -> Self {
        self.spec().cwd = Some(text(path));
        self
    }

    /// `env("KEY", "VALUE")`: a variable. Of two values for one key the later one holds.
    pub fn env(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.spec().env.set.to_mut().push((text(key), text(value)));
        self
    }

    /// `env(clear)`: without the caller's variables.
    pub fn env_clear(mut self) -> Self {
        self.spec().env.clear = true;
        self
    }

    /// `env(keep = "KEY")`: without the caller's variables, but with this one.
    pub fn env_keep(mut self, key: impl Into<String>) -> Self {
        self.spec().env.keep.to_mut().push(text(key));
        self
    }

    /// `limit(processes = N)`: processes and threads together. Real root is exempt where no cgroup is delegated.
    pub fn limit_processes(mut self, count: u64) -> Self {
        self.limit().processes = Some(count);
        self
    }

    /// `limit(memory = ..)`: in bytes. For all processes together where a cgroup is delegated, else the address space of each;
    /// [`limited_by`](crate::limited_by).
    pub fn limit_memory(mut self, bytes: u64) -> Self {
        self.limit().memory = Some(bytes);
        self
    }

    /// `limit(files = N)`: open descriptors of each process.
    pub fn limit_files(mut self, count: u64) -> Self {
        self.limit().files = Some(count);
        self
    }

    /// `limit(cpu = ..)`: processor time of each process, rounded up to whole seconds.
    pub fn limit_cpu(mut self, time: Duration) -> Self {
        self.limit().cpu = Some(time);
        self
    }

    fn limit(&mut self) -> &mut Limit {
        &mut self.spec().limit
    }
}
