//! File systems that clone files: XFS and Btrfs in a file, which only real root can mount.

use std::fs;
use std::path::Path;
use std::process::Command;

use libtest_mimic::{Completion, Trial};
use ns_test_suite::fixture::{self, Check, Transcript};
use ns_test_suite::host;

use super::stage::Stage;

pub(crate) fn trials() -> impl Iterator<Item = Trial> {
    let kinds = ["xfs", "btrfs"].into_iter();
    let users = [("root", 0), ("an_ordinary_user", 65_534)];
    let cases = kinds.flat_map(move |kind| users.map(|user| (kind, user)));
    cases.map(|(kind, (name, uid))| {
        let name = format!("{kind}_clones_for_{name}");
        Trial::ignorable_test(name.clone(), move || {
            if let Some(reason) = missing(kind) {
                return Ok(Completion::ignored_with(reason));
            }
            let stage = Stage::new(&name);
            clones(&stage, kind, uid)?;
            stage.remove()?;
            Ok(Completion::Completed)
        })
    })
}

/// Returns why this machine can't mount such a file system.
fn missing(kind: &str) -> Option<String> {
    if !host::is_real_root() {
        return Some(format!("only root can mount {kind}"));
    }
    if !Path::new("/dev/loop-control").exists() {
        return Some("this machine has no loop devices".to_owned());
    }
    // The kernel may have it as a module.
    let _ = Command::new("modprobe").arg(kind).output();
    let known = fs::read_to_string("/proc/filesystems").unwrap_or_default();
    if !known.split_whitespace().any(|name| name == kind) {
        return Some(format!("this kernel has no {kind}"));
    }
    (!host::has_program(&format!("mkfs.{kind}"))).then(|| format!("mkfs.{kind} is not installed"))
}

/// Checks that each test can change the prepared file on its file system, although the file takes
/// more than half of it.
fn clones(stage: &Stage, kind: &str, uid: u32) -> Check {
    const SCRIPT: &str = "
        mount -o loop \"$IMAGE\" \"$MOUNT\" && mkdir -m 700 \"$MOUNT/store\" &&
        chown $ID:$ID \"$MOUNT/store\" &&
        NS_TEST_DOCTOR=1 $AS_USER \"$0\" \"$@\" && exec $AS_USER \"$0\" \"$@\"";
    let (image, mount) = (stage.directory.join("image"), stage.directory.join("mount"));
    fs::create_dir(&mount)?;
    make_file_system(kind, &image)?;
    // Another user must be able to count, too.
    fs::write(stage.log(), "")?;
    std::os::unix::fs::chown(stage.log(), Some(uid), None)?;
    let fixture = stage.command(&["large::", "--ignored", "--test-threads=1"]);
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", SCRIPT]);
    command
        .arg(std::env::current_exe()?)
        .args(fixture.get_args());
    for (key, value) in fixture.get_envs() {
        match value {
            Some(value) => command.env(key, value),
            None => command.env_remove(key),
        };
    }
    let as_user = format!("setpriv --reuid={uid} --regid={uid} --clear-groups --inh-caps=-all");
    command
        .env(fixture::VARIABLE, "1")
        .env("IMAGE", &image)
        .env("MOUNT", &mount)
        .env("ID", uid.to_string())
        .env("AS_USER", if uid == 0 { "" } else { &as_user })
        .env("NS_TEST_PREPARE_DIR", mount.join("store"));
    let run = Transcript::of(&mut command);
    let line = "  clones files                     yes\n";
    run.verify(run.text.contains(line), "a doctor that knows it")?;
    run.passed(2)?;
    stage.was_called("large", 1)
}

fn make_file_system(kind: &str, image: &Path) -> Check {
    const SIZE: u64 = 640 << 20;
    fs::File::create(image)?.set_len(SIZE)?;
    let mut mkfs = Command::new(format!("mkfs.{kind}"));
    let made = mkfs.arg("-q").arg(image).output()?;
    if made.status.success() {
        Ok(())
    } else {
        Err(format!("{made:?}").into())
    }
}
