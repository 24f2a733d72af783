//! Options without a namespace: the working directory, environment variables, limits.

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use crate::request::spec::Limit;

use super::builder::{Sandbox, path_of};

impl Sandbox {
    /// Sets `cwd = "PATH"`, the working directory. A relative path starts as in [`new`](Self::new),
    /// or at `/` in a new root. Default: the caller's directory, or `/` in a new root.
    pub fn cwd(mut self, path: impl AsRef<Path>) -> Self {
        self.spec().cwd = Some(path_of(path));
        self
    }

    /// Sets `env("KEY", "VALUE")`, a variable. The last value of a key applies.
    pub fn env(mut self, key: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        let variable = (key.as_ref().into(), value.as_ref().into());
        self.spec().env.set.to_mut().push(variable);
        self
    }

    /// Sets `env(clear)`: drops the caller's variables.
    pub fn env_clear(mut self) -> Self {
        self.spec().env.clear = true;
        self
    }

    /// Sets `env(keep = "KEY")`: drops the caller's variables except this one.
    pub fn env_keep(mut self, key: impl AsRef<OsStr>) -> Self {
        self.spec().env.keep.to_mut().push(key.as_ref().into());
        self
    }

    /// Sets `limit(processes = N)`: processes and threads together. Real root is exempt where no
    /// cgroup is delegated.
    pub fn limit_processes(mut self, count: u64) -> Self {
        self.limit().processes = Some(count);
        self
    }

    /// Sets `limit(memory = ..)`, in bytes. Where a cgroup is delegated, it covers all processes
    /// together, else the address space of each; [`limited_by`](crate::limited_by).
    pub fn limit_memory(mut self, bytes: u64) -> Self {
        self.limit().memory = Some(bytes);
        self
    }

    /// Sets `limit(files = N)`: open descriptors of each process.
    pub fn limit_files(mut self, count: u64) -> Self {
        self.limit().files = Some(count);
        self
    }

    /// Sets `limit(cpu = ..)`: processor time of each process, rounded up to whole seconds.
    pub fn limit_cpu(mut self, time: Duration) -> Self {
        self.limit().cpu = Some(time);
        self
    }

    fn limit(&mut self) -> &mut Limit {
        &mut self.spec().limit
    }
}
