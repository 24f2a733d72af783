//! Mounts, in both directions, even if the host's mounts are shared. Under systemd they are shared,
//! in containers they are not. So the fixture runs on a host that unshare(1) creates.

use std::env;
use std::fs;
use std::io;
use std::process::Command;

use libtest_mimic::Trial;
use ns_test_suite::fixture::{Check, with_overlays};
use ns_test_suite::host;

use crate::stage::{Held, Stage};

/// The user that runs the harness there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Root {
    OfItsUserNamespace,
    Real,
}

use Root::{OfItsUserNamespace, Real};

/// A test that mounts something, for each host.
const OUTWARDS: &[(Root, &str)] = &[
    (OfItsUserNamespace, "mounts"),
    (OfItsUserNamespace, "mounts_as_slave"),
    (Real, "mounts"),
    (Real, "mounts_as_slave"),
    (Real, "mounts_of_real_root"),
    (Real, "mounts_as_slave_of_real_root"),
];

/// A test that must, or must not, receive the host's mounts.
const INWARDS: &[(Root, &str)] = &[
    (OfItsUserNamespace, "private_mounts"),
    (OfItsUserNamespace, "slave_mounts"),
    (OfItsUserNamespace, "slave_mounts_beside_others"),
    (Real, "private_mounts"),
    (Real, "slave_mounts"),
    (Real, "private_mounts_of_real_root"),
    (Real, "slave_mounts_of_real_root"),
];

pub(crate) fn checks(real_root: bool) -> Vec<Trial> {
    let here = with_overlays("mounts::stay_inside", stay_inside);
    let can_be = move |(root, _): &&(Root, &str)| real_root || *root == OfItsUserNamespace;
    let name = |direction: &str, root: Root, test: &str| {
        let root = if root == Real { "real_root::" } else { "" };
        format!("shared_mounts::{direction}::{root}{test}")
    };
    let outwards = OUTWARDS.iter().filter(can_be).map(|(root, test)| {
        let (name, check) = (name("outwards", *root, test), || outwards(*root, test));
        match *test {
            "mounts" => with_overlays(name, check),
            _ => Trial::test(name, check),
        }
    });
    let inwards = INWARDS
        .iter()
        .filter(can_be)
        .map(|(root, test)| Trial::test(name("inwards", *root, test), || inwards(*root, test)));
    [here].into_iter().chain(outwards).chain(inwards).collect()
}

fn stay_inside() -> Check {
    for test in ["mounts", "mounts_as_slave"] {
        let stage = Stage::new(test)?;
        let before = host::mounts();
        let after = stage.look(&fixture(test), host::mounts)?;
        assert_eq!(after, [before.clone(), before], "during and after {test}");
    }
    Ok(())
}

fn outwards(root: Root, test: &str) -> Check {
    let stage = Stage::new(test)?;
    let held = stage.hold(&mut on_shared_host(root, &stage.command(&fixture(test)))?)?;
    let mounts = mounts_of(&held)?;
    assert!(mounts.contains(" shared:"), "{mounts}");
    assert!(!mounts.contains(&source(&stage)), "{mounts}");
    held.passes(1)
}

fn inwards(root: Root, test: &str) -> Check {
    let stage = Stage::new(test)?;
    let held = stage.hold(&mut on_shared_host(root, &stage.command(&fixture(test)))?)?;
    mount_on_host(root, &held, &stage)?;
    let mounts = mounts_of(&held)?;
    assert!(mounts.contains(&source(&stage)), "the host has it");
    // The test fails if the mount is, or is not, there.
    held.passes(1)
}

/// Returns the name of the test below `fixtures`.
fn fixture(test: &str) -> String {
    format!("mounts::{test}")
}

/// Returns the same program with shared mounts. unshare(1) becomes the harness.
fn on_shared_host(root: Root, fixture: &Command) -> io::Result<Command> {
    let mut command = Command::new("unshare");
    if root == OfItsUserNamespace {
        command.arg("-Ur");
    }
    command
        .args(["-m", "--propagation", "shared", "--"])
        .arg(env::current_exe()?)
        .args(fixture.get_args());
    for (key, value) in fixture.get_envs() {
        match value {
            Some(value) => command.env(key, value),
            None => command.env_remove(key),
        };
    }
    Ok(command)
}

fn mount_on_host(root: Root, held: &Held<'_>, stage: &Stage) -> Check {
    let directory = stage.path("mount-point");
    fs::create_dir(&directory)?;
    let mut command = Command::new("nsenter");
    command.args(["--target", &held.id().to_string(), "--mount"]);
    if root == OfItsUserNamespace {
        command.args(["--user", "--preserve-credentials"]);
    }
    command
        .args(["mount", "-t", "tmpfs", &stage.word()])
        .arg(directory);
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
}

/// Returns the mark of the mount in the table.
fn source(stage: &Stage) -> String {
    format!(" {} ", stage.word())
}

/// Returns the mounts of the harness.
fn mounts_of(held: &Held<'_>) -> io::Result<String> {
    fs::read_to_string(format!("/proc/{}/mountinfo", held.id()))
}
