//! A host's network namespace, and entering it.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use crate::sandbox::visit::{self, Visit};

/// The network namespace of a host's code. Its clones refer to the same one.
#[derive(Clone, Debug)]
pub(super) struct Place {
    host: Arc<str>,
    namespace: Arc<OwnedFd>,
}

impl Place {
    pub(super) fn new(host: &str, namespace: OwnedFd) -> Self {
        Self {
            host: host.into(),
            namespace: Arc::new(namespace),
        }
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn namespace(&self) -> &Arc<OwnedFd> {
        &self.namespace
    }

    /// Runs the closure there on this thread, which returns afterwards even if the closure panics.
    #[track_caller]
    pub(super) fn run<R>(&self, f: impl FnOnce() -> R) -> R {
        let _visit = match Visit::to(self.namespace.as_fd()) {
            Ok(visit) => visit,
            Err((call, errno)) => {
                panic!("failed to enter host `{}`: {call}: {errno}", self.host)
            }
        };
        f()
    }

    /// Moves the calling thread there permanently.
    pub(super) fn enter(&self) {
        if let Err(errno) = visit::enter(self.namespace.as_fd()) {
            panic!("failed to enter host `{}`: setns: {errno}", self.host);
        }
    }
}
