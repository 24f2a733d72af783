//! The process attributes that the harness starts with.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use libtest_mimic::{Completion, Failed};

use crate::{Binaries, all, as_ever};

/// Runs without new privileges, as under systemd's `NoNewPrivileges=` and in most containers.
pub(crate) fn no_new_privileges(binaries: &Binaries) -> Result<Completion, Failed> {
    all(binaries.commands_after("exec setpriv --no-new-privs \"$0\" \"$@\""))
}

/// Runs with a read-only home directory, with a missing one, and without `HOME`.
pub(crate) fn home(binaries: &Binaries) -> Result<Completion, Failed> {
    let home = binaries.place.join("home");
    fs::create_dir_all(&home)?;
    fs::set_permissions(&home, PermissionsExt::from_mode(0o555))?;
    for mut command in binaries.commands() {
        as_ever(command.env("HOME", &home))?;
        as_ever(command.env("HOME", "/there/is/none"))?;
        as_ever(command.env_remove("HOME"))?;
    }
    Ok(Completion::Completed)
}

pub(crate) fn umask(binaries: &Binaries) -> Result<Completion, Failed> {
    all(binaries.commands_after("umask 077"))?;
    all(binaries.commands_after("umask 777"))
}

/// Runs with SIGCHLD ignored, which is inherited across exec: the kernel then reaps children
/// without a notification.
pub(crate) fn ignored_children(binaries: &Binaries) -> Result<Completion, Failed> {
    all(binaries.commands_after("trap '' CHLD"))
}
