//! Maps of several ids. A process outside has to write them, because a process may map only its own
//! ids.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::process::Command;

use nix::unistd::User;

use super::extent::Extent;
use crate::error::{Call, SetupError, Step};
use crate::sys::procfs;
use crate::sys::{Errno, ids, process};

/// Writes both maps of the process `pid`.
pub(super) fn write(pid: process::Pid, uids: &[Extent], gids: &[Extent]) -> Result<(), SetupError> {
    map_ranges(
        pid,
        uids,
        "uid_map",
        CAP_SETUID,
        Step::MapUids,
        Call::Newuidmap,
    )?;
    map_ranges(
        pid,
        gids,
        "gid_map",
        CAP_SETGID,
        Step::MapGids,
        Call::Newgidmap,
    )
}

/// Returns a map with the caller as 0 and, from 1 on, its first block of ids in the file
/// (`subuid(5)`, `subgid(5)`). Real root needs no line in the file: without one it gets the block
/// that the first user would get.
pub(super) fn own_and_subordinate(
    own: u32,
    uid: u32,
    file: &str,
    real_root: bool,
) -> Result<Vec<Extent>, SetupError> {
    const FIRST: Extent = Extent {
        inner: 0,
        outer: 100_000,
        count: 65_536,
    };
    let block = match subordinate_block(file, uid) {
        Err(_) if real_root => FIRST,
        block => block?,
    };
    Ok(vec![
        Extent {
            inner: 0,
            outer: own,
            count: 1,
        },
        Extent { inner: 1, ..block },
    ])
}

/// Numbers of `linux/capability.h`.
const CAP_SETGID: u32 = 6;
const CAP_SETUID: u32 = 7;

/// Returns the first block of ids that `subuid(5)` gives to the user with this uid.
fn subordinate_block(file: &str, uid: u32) -> Result<Extent, SetupError> {
    let text = procfs::read(file)
        .map_err(|error| SetupError::from_io(Step::Prepare, Call::Open, &error).at(file))?;
    let name = user_name(uid);
    let number = uid.to_string();
    text.lines()
        .find_map(|line| {
            let mut fields = line.trim().split(':');
            let owner = fields.next()?;
            let outer = fields.next()?.parse().ok()?;
            let count = fields.next()?.parse().ok()?;
            (owner == number || Some(owner) == name.as_deref()).then_some(Extent { inner: 0, outer, count })
        })
        .ok_or_else(|| {
            let user = name.as_deref().unwrap_or(&number);
            SetupError::new(Step::Prepare, Call::Check, Errno::NOENT)
                .at(file)
                .asked_as("auto")
                .because(format!("this file has no line for {user}: add one with `sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {user}`"))
        })
}

/// Returns the user name from the name service, which may have other sources than /etc/passwd.
fn user_name(uid: u32) -> Option<String> {
    User::from_uid(uid.into())
        .ok()
        .flatten()
        .map(|user| user.name)
}

fn map_ranges(
    pid: process::Pid,
    ranges: &[Extent],
    file: &str,
    capability: u32,
    step: Step,
    helper: Call,
) -> Result<(), SetupError> {
    let privileged = ids::effective_capabilities().is_ok_and(|held| held >> capability & 1 == 1);
    if privileged {
        let path = format!("/proc/{pid}/{file}");
        let mut lines = String::new();
        for Extent {
            inner,
            outer,
            count,
        } in ranges
        {
            let _ = writeln!(lines, "{inner} {outer} {count}");
        }
        return fs::write(&path, lines)
            .map_err(|error| SetupError::from_io(step, Call::Write, &error).at(path));
    }
    run_helper(pid, ranges, step, helper)
}

/// Runs `newuidmap(1)` or `newgidmap(1)`, the setuid programs that write maps as /etc/subuid and
/// /etc/subgid allow.
fn run_helper(
    pid: process::Pid,
    ranges: &[Extent],
    step: Step,
    helper: Call,
) -> Result<(), SetupError> {
    let numbers = ranges
        .iter()
        .flat_map(|range| [range.inner, range.outer, range.count]);
    let ran = Command::new(helper.to_string())
        .arg(pid.to_string())
        .args(numbers.map(|number| number.to_string()))
        .output();
    let refused = |errno| SetupError::new(step, helper, errno);
    match ran {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            let why = what_disarms(helper).map_or(words.clone(), |why| format!("{words}; {why}"));
            Err(refused(Errno::PERM).because(why))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(refused(Errno::NOENT)
            .because(
                "the program is not installed: install the package `uidmap` (Debian, Ubuntu) or `shadow-utils` (Fedora)",
            )),
        Err(error) => Err(SetupError::from_io(step, helper, &error)),
    }
}

/// Returns why the helper, a setuid program, does not get its capability, if a reason is known.
fn what_disarms(helper: Call) -> Option<String> {
    let status = procfs::read("/proc/self/status").ok()?;
    if procfs::field(&status, "NoNewPrivs:") == Some("1") {
        return Some(
            "no_new_privs is set, so setuid programs gain no capabilities: start the tests without it"
                .to_owned(),
        );
    }
    let (capability, name) = match helper {
        Call::Newuidmap => (CAP_SETUID, "CAP_SETUID"),
        _ => (CAP_SETGID, "CAP_SETGID"),
    };
    let bounding = u64::from_str_radix(procfs::field(&status, "CapBnd:")?, 16).ok()?;
    (bounding >> capability & 1 == 0).then(|| {
        format!("the capability bounding set lacks {name}, which {helper} needs: start the tests with it")
    })
}
