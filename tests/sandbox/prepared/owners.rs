//! Stores and trees that other users own, or may write to.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use libtest_mimic::{Completion, Failed};
use ns_test_suite::fixture::{Check, Transcript};
use ns_test_suite::host;

use super::CheckFunction;
use super::stage::Stage;

pub(crate) const CHECKS: &[(&str, CheckFunction)] = &[
    (
        "a_store_that_others_may_write_is_refused",
        a_store_that_others_may_write_is_refused,
    ),
    (
        "a_tree_that_others_may_write_is_made_again",
        a_tree_that_others_may_write_is_made_again,
    ),
    (
        "a_place_that_others_may_write_is_refused",
        a_place_that_others_may_write_is_refused,
    ),
];

/// An id that is not the test's, and that only real root can give files to.
const OTHER: u32 = 12_345;

fn a_store_that_others_may_write_is_refused(stage: &Stage) -> Check {
    fs::create_dir(stage.store())?;
    fs::set_permissions(stage.store(), Permissions::from_mode(0o777))?;
    is_refused(stage, &stage.store(), &stage.store())?;
    stage.was_called("fill", 0)
}

/// Checks that a tree is made again if others may write to it. Another user could have exchanged
/// the tree, or changed it and its seal.
fn a_tree_that_others_may_write_is_made_again(stage: &Stage) -> Check {
    stage.run(&["shared::one"]).passed(1)?;
    fs::set_permissions(sealed(stage)?, Permissions::from_mode(0o777))?;
    stage.run(&["shared::one"]).passed(1)?;
    stage.was_called("fill", 2)?;
    if host::is_real_root() {
        chown(sealed(stage)?, Some(OTHER), None)?;
        stage.run(&["shared::one"]).passed(1)?;
        stage.was_called("fill", 3)?;
    }
    stage.run(&["shared::one"]).passed(1)?;
    stage.was_called("fill", if host::is_real_root() { 3 } else { 2 })?;
    stage.is_tidy()
}

/// Checks that a place that others may write to is refused, because a new tree would be in it as
/// well.
fn a_place_that_others_may_write_is_refused(stage: &Stage) -> Check {
    stage.run(&["shared::one"]).passed(1)?;
    let sealed = sealed(stage)?;
    let place = sealed.parent().ok_or("a sealed tree is in a place")?;
    fs::set_permissions(place, Permissions::from_mode(0o770))?;
    is_refused(stage, &stage.store(), place)?;
    fs::set_permissions(place, Permissions::from_mode(0o700))?;
    if host::is_real_root() {
        chown(place, Some(OTHER), None)?;
        is_refused(stage, &stage.store(), place)?;
        chown(place, Some(0), None)?;
    }
    stage.run(&["shared::one"]).passed(1)?;
    stage.was_called("fill", 1)
}

/// Checks that a store of another user is refused. Root gives its store away; other users take a
/// directory of root as their store.
pub(crate) fn a_store_of_another_user_is_refused() -> Result<Completion, Failed> {
    let stage = Stage::new("a_store_of_another_user_is_refused");
    if host::is_real_root() {
        fs::create_dir(stage.store())?;
        chown(stage.store(), Some(OTHER), Some(OTHER))?;
        is_refused(&stage, &stage.store(), &stage.store())?;
        let owner = fs::metadata(stage.store())?.uid();
        if owner != OTHER || !stage.names("").is_empty() {
            return Err(format!("{owner} has {:?}", stage.names("")).into());
        }
    } else {
        let own = fs::metadata(&stage.directory)?.uid();
        let known = ["/", "/usr", "/proc/1"].map(PathBuf::from);
        let is_foreign = |path: &PathBuf| fs::metadata(path).is_ok_and(|facts| facts.uid() != own);
        let Some(foreign) = known.into_iter().find(is_foreign) else {
            return Ok(Completion::ignored_with("this user owns every directory"));
        };
        is_refused(&stage, &foreign, &foreign)?;
    }
    stage.was_called("fill", 0)?;
    stage.remove()?;
    Ok(Completion::Completed)
}

/// Returns the directory of the only sealed tree.
fn sealed(stage: &Stage) -> Result<PathBuf, Failed> {
    let tree = stage.trees().pop().ok_or("there is a tree")?;
    let tree = fs::canonicalize(tree)?;
    Ok(tree.parent().ok_or("it is in a directory")?.to_owned())
}

/// Checks that all ways of using a tree are refused, with the directory and the remedy.
fn is_refused(stage: &Stage, store: &Path, directory: &Path) -> Check {
    let own = fs::metadata(&stage.directory)?.uid();
    let reason = format!(
        "check({}): EPERM (operation not permitted); prepared directories are kept at this path, \
        which must be a directory that only uid {own} can write to: remove what is there, or set \
        NS_TEST_PREPARE_DIR",
        directory.display()
    );
    for test in ["one", "on_disk", "copied"] {
        let mut command = stage.command(&[&format!("shared::{test}")]);
        let run = Transcript::of(command.env("NS_TEST_PREPARE_DIR", store));
        run.failed_with(&reason)?;
    }
    Ok(())
}
