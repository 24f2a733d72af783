//! The machine's support for prepared directories: rows of the doctor's table.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use nix::fcntl::AT_FDCWD;
use nix::unistd::{UnlinkatFlags, unlinkat};

use crate::error::{At, Call, Failure, SetupError, Step};
use crate::request::prepared::{Prepared, Upper};
use crate::request::spec::{Mount, Spec};
use crate::sandbox::Plan;
use crate::sandbox::host::HostFacts;
use crate::sandbox::prepared::store::Store;
use crate::sandbox::prepared::{Changes, Media, Task, View, remove_tree};
use crate::sys::Errno;

use super::attempt::attempt_plan;

/// The results of the attempts, in the order of the table. `Err`: the reason.
#[derive(Debug)]
pub(super) struct PreparedAbilities {
    /// The directory of all prepared directories.
    pub(super) store: PathBuf,
    /// A test can remove a directory of a lower layer.
    pub(super) removes: Result<(), SetupError>,
    /// Changes can be on the store's file system.
    pub(super) on_disk: Result<(), SetupError>,
    /// An overlay with changes on disk is `volatile`: `fsync(2)` costs nothing there.
    pub(super) is_volatile: bool,
    /// The store's file system clones files.
    pub(super) clones: bool,
}

const TARGET: &str = "/tmp/ns-test-doctor";
const INNER: &std::ffi::CStr = c"/tmp/ns-test-doctor/inner";

/// Tries each with a temporary directory.
pub(super) fn examine(facts: &HostFacts) -> Result<PreparedAbilities, SetupError> {
    let store = Store::open(facts, false)?;
    let directory = store.root().join(format!("doctor-{}", std::process::id()));
    let tried = try_all(facts, &store, &directory);
    let _ = remove_tree(&directory);
    tried.map_err(|error| {
        SetupError::from_io(Step::PrepareDirectory, Call::Mkdir, &error).at(directory)
    })
}

fn try_all(facts: &HostFacts, store: &Store, directory: &Path) -> io::Result<PreparedAbilities> {
    let [lower, upper, work] = ["lower", "upper", "work"].map(|name| directory.join(name));
    for path in [&lower.join("inner"), &upper, &work] {
        fs::create_dir_all(path)?;
    }
    let with = |changes| View {
        lower: vec![lower.clone()],
        copy: false,
        changes: vec![changes],
    };
    let disk = Changes::Disk {
        upper,
        work: work.clone(),
    };
    Ok(PreparedAbilities {
        store: store.root().to_owned(),
        removes: attempt_view(facts, with(Changes::Memory { size: 0 }), removes),
        on_disk: attempt_view(facts, with(disk), is_overlay),
        is_volatile: was_volatile(&work),
        clones: Media::find(store).disk_clones,
    })
}

/// Returns whether an overlay with this work directory was volatile. The kernel leaves a directory
/// there, so that the layers are not used again.
fn was_volatile(work: &Path) -> bool {
    let outer = work.join("work");
    let inner = outer.join("incompat");
    for directory in [&outer, &inner] {
        // The kernel makes them with mode 000.
        let _ = fs::set_permissions(directory, Permissions::from_mode(0o700));
    }
    inner.join("volatile").exists()
}

fn attempt_view(
    facts: &HostFacts,
    view: View,
    question: fn(&Plan) -> Result<(), Failure<'_>>,
) -> Result<(), SetupError> {
    let prepared = Prepared {
        target: TARGET.into(),
        layers: Vec::new().into(),
        copy: false,
        upper: Upper::Auto,
    };
    let spec = Spec {
        mount: Some(Mount {
            prepared: vec![prepared].into(),
            ..Mount::BARE
        }),
        ..Spec::NOTHING
    };
    let task = Task::Test { views: vec![view] };
    let plan = Plan::for_task(&spec, facts, Path::new("/"), &task)?;
    attempt_plan(&plan, question)
}

/// Removes a directory of the lower layer, in the sandbox. Without overlays there is nothing to
/// remove.
fn removes(plan: &Plan) -> Result<(), Failure<'_>> {
    is_overlay(plan)?;
    unlinkat(AT_FDCWD, INNER, UnlinkatFlags::RemoveDir)
        .map_err(Errno::from_nix)
        .at(Step::MountPrepared, Call::Check)
}

/// Checks, in the sandbox, that the kernel has not refused the overlay.
fn is_overlay(plan: &Plan) -> Result<(), Failure<'_>> {
    if plan.prepares_whole_tree() {
        Err(Errno::INVAL).at(Step::MountOverlay, Call::Mount)
    } else {
        Ok(())
    }
}
