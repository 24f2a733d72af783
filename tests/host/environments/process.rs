//! What the process has been given, or not.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use libtest_mimic::{Completion, Failed};

use crate::{Binaries, all, as_ever};

/// As under systemd's `NoNewPrivileges=`, and in most containers.
pub(crate) fn no_new_privileges(binaries: &Binaries) -> Result<Completion, Failed> {
    all(binaries.commands_after("exec setpriv --no-new-privs \"$0\" \"$@\""))
}

/// One that can't be written to, one that is not there, and none.
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

/// Which is passed on to what it executes: the kernel reaps children then, and tells nobody.
pub(crate) fn ignored_children(binaries: &Binaries) -> Result<Completion, Failed> {
    all(binaries.commands_after("trap '' CHLD"))
}
