//! The attribute's options as a builder, with one file for each option that has many keys.

use std::path::Path;
use std::sync::Arc;

use crate::request::manifest_dir;
use crate::request::spec::{OsText, Spec, Text};

/// A sandbox: the options and keys of [`#[ns_test]`](macro@crate::ns_test), as a builder.
///
/// The attribute and this builder make the same data. A sandbox is for a
/// [`command`](Self::command), or for the [`trial`](crate::Harness::trial)s of a suite that is made
/// at run time.
///
/// A method named like an option requests that namespace. A method named like a key requests the
/// key's option, too. Nothing is checked before the sandbox is used; its use returns errors, as
/// [`SetupError`](crate::SetupError)s.
///
/// Sizes are in bytes, modes are permission bits, times are [`Duration`](std::time::Duration)s, ids
/// are numbers. The [attribute's page](macro@crate::ns_test) lists the defaults under "when left
/// out".
///
/// ```
/// use std::time::Duration;
///
/// use ns_test::{Offset, Sandbox};
///
/// let lab = Sandbox::new().net().pid().hostname("db1").tmpfs("/run");
/// let with_fixtures = lab.clone().bind_ro("fixtures/hosts", "/etc/hosts").overlay("/var/lib");
/// let small = lab.tmpfs_with("/mnt", 16 << 20, 0o700).limit_memory(256 << 20).limit_files(128);
/// let old = Sandbox::hermetic().uptime(Offset::forwards(Duration::from_secs(365 * 86_400)));
/// let router = Sandbox::new().sysctl("ipv4.ip_forward", true).sysctl("ipv4.ip_default_ttl", 32);
/// let plain = Sandbox::new().user_as(1000, 1000).user_without_capabilities().env_keep("PATH");
/// # let _ = (with_fixtures, small, old, router, plain);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a sandbox does nothing until a command or a trial uses it"]
pub struct Sandbox {
    /// Shared with its clones until one of them changes: a suite may have thousands of trials with
    /// equal sandboxes.
    pub(crate) spec: Arc<Spec>,
    pub(crate) base: Arc<Path>,
}

impl Sandbox {
    /// Returns a sandbox that requests nothing yet. Relative paths start at `CARGO_MANIFEST_DIR` if
    /// that is set (as under `cargo test` and `cargo run`), else at the working directory.
    pub fn new() -> Self {
        Self {
            spec: Arc::new(Spec::NOTHING),
            base: manifest_dir::directory(".").into(),
        }
    }

    /// Returns the sandbox of bare `#[ns_test]`: every namespace but `time`.
    pub fn hermetic() -> Self {
        Self {
            spec: Arc::new(Spec::HERMETIC),
            ..Self::new()
        }
    }

    /// Returns a sandbox with all eight namespaces, as `#[ns_test(all)]`.
    pub fn all() -> Self {
        Self::hermetic().time()
    }

    pub(super) fn spec(&mut self) -> &mut Spec {
        Arc::make_mut(&mut self.spec)
    }
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::new()
    }
}

pub(super) fn text(words: impl Into<String>) -> Text {
    Text::Owned(words.into())
}

pub(super) fn path_of(path: impl AsRef<Path>) -> OsText {
    path.as_ref().into()
}
