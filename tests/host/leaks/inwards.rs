//! From the host to a test.

use std::fs::{self, File};
use std::io;
use std::net::TcpListener;
use std::os::fd::AsFd as _;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::Path;
use std::process::Command;

use libtest_mimic::Trial;
use ns_test::Sandbox;
use ns_test_suite::fixture::{Check, Transcript};
use ns_test_suite::raw;

use crate::names;
use crate::stage::Stage;

pub(crate) fn checks() -> Vec<Trial> {
    vec![
        Trial::test("get_in::no_objects", no_objects),
        Trial::test("get_in::no_variables", no_variables),
        Trial::test("get_in::no_descriptors", no_descriptors),
        Trial::test("get_in::no_memory_of_probes", no_memory_of_probes),
        Trial::test(
            "get_in::no_descriptors_of_a_command",
            no_descriptors_of_a_command,
        ),
    ]
}

fn no_objects() -> Check {
    let stage = Stage::new("objects")?;
    let word = stage.word();
    let made = make_objects(&word);
    let mut passed = Ok(());
    if made.is_ok() {
        passed = Transcript::of(&mut stage.command("objects::host_objects"))
            .passed(1)
            .and_then(|()| Transcript::of(&mut stage.command("objects::own_objects")).passed(1));
    }
    remove_objects(&word);
    made?;
    passed
}

fn make_objects(word: &str) -> io::Result<UnixListener> {
    raw::shared_memory(names::key(word), true)?;
    raw::posix_memory(&names::posix(word))?;
    raw::posix_queue(&names::posix(word))?;
    File::create_new(Path::new("/tmp").join(word))?;
    UnixListener::bind_addr(&SocketAddr::from_abstract_name(word)?)
}

/// Removes the objects.
fn remove_objects(word: &str) {
    let _ = Command::new("ipcrm")
        .args(["-M", &names::key(word).to_string()])
        .output();
    let _ = fs::remove_file(Path::new("/dev/shm").join(word));
    let _ = raw::remove_posix_queue(&names::posix(word));
    let _ = fs::remove_file(Path::new("/tmp").join(word));
}

fn no_variables() -> Check {
    let stage = Stage::new("variables")?;
    let mut command = stage.command_for_all("inherited::variables_");
    Transcript::of(command.env("NS_TEST_SUITE_SECRET", "1")).passed(2)
}

fn no_descriptors() -> Check {
    let stage = Stage::new("descriptors")?;
    Transcript::of(&mut stage.command_for_all("inherited::descriptors_")).passed(2)
}

/// Checks with the variable that makes the harness try the options of all tests before it forks the
/// launchers.
fn no_memory_of_probes() -> Check {
    let stage = Stage::new("memory")?;
    let mut command = stage.command("inherited::maps_only_its_own_pages");
    Transcript::of(command.env("NS_TEST_REFUSED", "skip")).passed(1)
}

/// Checks a command's descriptors while this process has others open.
fn no_descriptors_of_a_command() -> Check {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let _inherited = raw::dup(listener.as_fd())?;
    let list = ["-c", "ls -l /proc/self/fd | grep -c socket:"];
    let text = |output: Vec<u8>| String::from_utf8_lossy(&output).into_owned();
    let usual = Command::new("sh").args(list).output()?;
    assert_ne!(text(usual.stdout), "0\n", "without a sandbox it gets in");
    for sandbox in [Sandbox::new().user(), Sandbox::new().pid()] {
        let output = sandbox.command("sh").args(list).output()?;
        assert_eq!(text(output.stdout), "0\n");
    }
    Ok(())
}
