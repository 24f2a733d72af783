//! `mount(prepared(..))`: a directory that functions fill once.

use std::any::type_name;
use std::path::Path;
use std::process::Termination;
use std::sync::Arc;
use std::time::Duration;

use crate::request::prepared::{self, Preparation, PreparationFn, Upper};
use crate::request::spec::List;

use super::builder::{Sandbox, path_of};

/// A directory that a function fills once, for [`Sandbox::prepared_with`].
/// [`prepared`](macro@crate::ns_test#prepared-directories) documents its keys.
///
/// ```
/// use std::path::Path;
///
/// use ns_test::{Prepared, Sandbox};
///
/// fn schema(directory: &Path) -> std::io::Result<()> {
///     std::fs::write(directory.join("schema.sql"), "create table orders ();")
/// }
///
/// fn orders(directory: &Path) -> std::io::Result<()> {
///     std::fs::write(directory.join("orders.sql"), "insert into orders default values;")
/// }
///
/// let directory = Prepared::new("/srv/db", schema)
///     .inputs(["migrations"])
///     .then(orders)
///     .upper_on_disk();
/// let with_orders = Sandbox::new().tmpfs("/srv").prepared_with(directory);
/// # let _ = with_orders;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a prepared directory does nothing until a sandbox has it"]
pub struct Prepared(prepared::Prepared);

impl Prepared {
    /// Returns `prepared("/TARGET", FUNCTION)`: ns-test calls the function once, with the path of
    /// the empty directory.
    pub fn new<T: Termination>(
        target: impl AsRef<Path>,
        function: impl Fn(&Path) -> T + Send + Sync + 'static,
    ) -> Self {
        Self(prepared::Prepared {
            target: path_of(target),
            layers: vec![preparation(function)].into(),
            copy: false,
            upper: Upper::Auto,
        })
    }

    /// Adds a layer, as `from` does: ns-test calls the function once, with the result of the
    /// functions before it.
    pub fn then<T: Termination>(
        mut self,
        function: impl Fn(&Path) -> T + Send + Sync + 'static,
    ) -> Self {
        self.0.layers.to_mut().push(preparation(function));
        self
    }

    /// Sets `inputs(..)`: the inputs of the last function's result, instead of the test binary.
    pub fn inputs<P: AsRef<Path>>(self, paths: impl IntoIterator<Item = P>) -> Self {
        let paths: List<_> = paths.into_iter().map(path_of).collect();
        self.with_last(|last| last.inputs = Some(paths))
    }

    /// Sets `timeout = ".."`: the last function's time limit. Default: the test's limit, but at
    /// least a minute.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.with_last(|last| last.timeout = Some(timeout))
    }

    /// Sets `copy`: each test has its own copy, for programs that do not work on an overlay.
    pub fn copy(mut self) -> Self {
        self.0.copy = true;
        self
    }

    /// Sets `upper = "memory"`: a test's changes are stored in memory.
    pub fn upper_in_memory(mut self) -> Self {
        self.0.upper = Upper::Memory;
        self
    }

    /// Sets `upper = "disk"`: a test's changes are stored on the disk of the prepared directory.
    pub fn upper_on_disk(mut self) -> Self {
        self.0.upper = Upper::Disk;
        self
    }

    fn with_last(mut self, change: impl FnOnce(&mut Preparation)) -> Self {
        self.0.layers.to_mut().last_mut().map(change);
        self
    }
}

impl Sandbox {
    /// Adds `mount(prepared("/TARGET", FUNCTION))`: a directory that the function fills once, in an
    /// equal sandbox. Each test has a copy-on-write view of it.
    ///
    /// For trials only, because the harness makes the directory: a [`command`](Self::command) of
    /// this sandbox is an error. A test that has one can show it to a command with
    /// [`bind`](Self::bind).
    ///
    /// ```no_run
    /// use std::path::Path;
    /// use std::process::ExitCode;
    ///
    /// use ns_test::{Harness, Sandbox};
    ///
    /// fn prepare(directory: &Path) -> std::io::Result<()> {
    ///     std::fs::write(directory.join("data"), "takes long to make")
    /// }
    ///
    /// fn main() -> ExitCode {
    ///     let sandbox = Sandbox::new().tmpfs("/srv").prepared("/srv/data", prepare);
    ///     let reads = || std::fs::read("/srv/data/data").map(drop);
    ///     Harness::new().trial("reads", sandbox, reads).run()
    /// }
    /// ```
    pub fn prepared<T: Termination>(
        self,
        target: impl AsRef<Path>,
        function: impl Fn(&Path) -> T + Send + Sync + 'static,
    ) -> Self {
        self.prepared_with(Prepared::new(target, function))
    }

    /// Adds `mount(prepared(.., inputs(..), copy, ..))`: the same, with more keys.
    pub fn prepared_with(mut self, prepared: Prepared) -> Self {
        self.tree().prepared.to_mut().push(prepared.0);
        self
    }
}

fn preparation<T: Termination, F: Fn(&Path) -> T + Send + Sync + 'static>(
    function: F,
) -> Preparation {
    Preparation {
        function: PreparationFn::Owned {
            name: type_name::<F>(),
            call: Arc::new(move |directory| function(directory).report()),
        },
        inputs: None,
        timeout: None,
    }
}
