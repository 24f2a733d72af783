//! Files with several owners.
//!
//! Without namespaces: `chown` requires root, and users that the machine may not have.
//!
//! `user` without keys maps one id. That is enough to be root, but not to change a file's owner to
//! another user. `user(ids = "auto")` uses `newuidmap` to map a block of ids from /etc/subuid. On a
//! machine without it and without real root, this suite prints the reason and has no tests.

use std::env;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use ns_test::{Harness, Sandbox};

/// The code under test: creates a home for a new user.
fn make_home(path: &str, id: u32) -> io::Result<()> {
    fs::create_dir(path)?;
    fs::write(format!("{path}/notes"), "mine\n")?;
    fs::set_permissions(path, Permissions::from_mode(0o700))?;
    chown(format!("{path}/notes"), Some(id), Some(id))?;
    chown(path, Some(id), Some(id))
}

fn homes_belong_to_their_users() -> io::Result<()> {
    for (path, id) in [("/tmp/ann", 1000), ("/tmp/bob", 1001)] {
        make_home(path, id)?;
        let home = fs::metadata(path)?;
        assert_eq!((home.uid(), home.gid()), (id, id));
    }
    Ok(())
}

fn homes_are_closed_to_others() -> io::Result<()> {
    make_home("/tmp/ann", 1000)?;
    let can_read = |id| {
        let mut cat = Command::new("cat");
        cat.arg("/tmp/ann/notes").uid(id).gid(id);
        cat.status().map(|status| status.success())
    };
    assert!(can_read(1000)?);
    assert!(!can_read(1001)?);
    Ok(())
}

/// Returns why this machine can't give the test several users, if it can't.
fn lacks() -> Option<String> {
    let (uid, name) = (id("-u"), id("-un"));
    if uid == "0" {
        // Real root can map all ids without a helper.
        return None;
    }
    for file in ["/etc/subuid", "/etc/subgid"] {
        let text = fs::read_to_string(file).unwrap_or_default();
        let mut owners = text.lines().filter_map(|line| line.split(':').next());
        if !owners.any(|owner| owner == uid || owner == name) {
            return Some(format!("{file} has no line for {name}"));
        }
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).any(|directory| directory.join("newuidmap").exists());
    (!found).then(|| "there is no newuidmap (package uidmap or shadow-utils)".to_owned())
}

fn id(flag: &str) -> String {
    let output = Command::new("id").arg(flag).output().expect("id runs");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[expect(clippy::print_stderr, reason = "stdout is the list of tests")]
fn main() -> ExitCode {
    if let Some(why) = lacks() {
        eprintln!("left out: {why}");
        return Harness::new().run();
    }
    let users = Sandbox::new().user_auto().mount();
    Harness::new()
        .trial("homes_belong", users.clone(), homes_belong_to_their_users)
        .trial("homes_are_closed", users, homes_are_closed_to_others)
        .run()
}
