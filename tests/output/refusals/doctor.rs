//! The doctor on machines that refuse something.

use std::fs;
use std::process::{Command, Stdio};

use libtest_mimic::{Completion, Failed};
use ns_test_suite::fixture::{Check, Transcript};

use crate::command::command;
use crate::jail;
use crate::setups::{PLAIN, script};
use crate::skip::SKIPPED;

/// Checks that the doctor makes no lookup in a dead mount, which would block forever.
pub(crate) fn doctor_next_to_a_dead_mount() -> Result<Completion, Failed> {
    if fs::File::options().write(true).open("/dev/fuse").is_err() {
        return Ok(Completion::ignored_with("/dev/fuse can't be opened"));
    }
    let inside = command(script("true").behind(jail::DEAD_MOUNT), false);
    let mut limited = Command::new("timeout");
    limited
        .args(["--signal=KILL", "60"])
        .arg(inside.get_program())
        .args(inside.get_args());
    for (name, value) in inside.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    let transcript = Transcript::of(limited.env("NS_TEST_DOCTOR", "1").stdin(Stdio::null()));
    transcript.verify(transcript.text.contains("mount(overlay = ..)"), "the table")?;
    transcript.verify(transcript.code == Some(0), "exit code 0")?;
    Ok(Completion::Completed)
}

/// Checks the rows of the table. Their answers depend on this machine.
pub(crate) fn doctor() -> Check {
    let mut command = command(PLAIN, true);
    let transcript = Transcript::of(command.env("NS_TEST_DOCTOR", "1"));
    let rows = [
        "user ",
        "mount ",
        "pid ",
        "net ",
        "ipc ",
        "uts ",
        "cgroup ",
        "time ",
        "user(ids",
        "overlay",
        "mount_setattr",
        "tun ",
        "user.max_time_namespaces",
        "IPv6",
        "networks of hosts: veth ",
        "networks of hosts: packet sockets ",
    ];
    for row in rows {
        transcript.verify(transcript.text.contains(row), row)?;
    }
    transcript.verify(transcript.code == Some(0), "exit code 0")
}

pub(crate) fn doctor_of_refusals() -> Check {
    let mut command = command(SKIPPED, false);
    let transcript = Transcript::of(command.env("NS_TEST_DOCTOR", "1"));
    let why = "no: this machine refuses network namespaces: the system's limit on namespaces of this type is 0\n";
    for row in ["net  ", "net, with its own /sys  "] {
        let line = transcript.text.lines().find(|line| line.starts_with(row));
        let says_why = line.is_some_and(|line| line.ends_with(why.trim_end()));
        transcript.verify(says_why, row)?;
    }
    let remedy = "        remedy: sudo sysctl -w user.max_net_namespaces=15000\n";
    transcript.verify(transcript.text.contains(remedy), "the cure")
}
