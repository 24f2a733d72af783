//! Code that inspects a whole file system, in one that the test provides.
//!
//! Without namespaces: such code reads the host's files, or takes every path as a parameter; and
//! `chroot` requires root.
//!
//! `mount(root = ..)` makes a directory of the repository the test's `/`. With `ro = "/"` the test
//! can't change it.

use std::error::Error;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::process::Command;

use ns_test::{Sandbox, ns_test};

/// The code under test: returns the name of the system; os-release(5).
fn system() -> io::Result<String> {
    let read = || fs::read_to_string("/etc/os-release");
    let text = read().or_else(|_| fs::read_to_string("/usr/lib/os-release"))?;
    let name = text
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="));
    Ok(name.unwrap_or("Linux").trim_matches('"').to_owned())
}

#[ns_test(mount(root = "tests/fixtures/rootfs", ro = "/"))]
fn a_system_says_its_name() -> io::Result<()> {
    assert_eq!(system()?, "Toy Linux 3");
    assert_eq!(
        fs::write("/etc/file", "")
            .expect_err("it is the repository's")
            .kind(),
        ErrorKind::ReadOnlyFilesystem
    );
    Ok(())
}

#[ns_test(mount(root = "tests/fixtures/rootfs", tmpfs = "/etc", ro = "/"))]
fn an_empty_etc_is_no_obstacle() -> io::Result<()> {
    assert_eq!(system()?, "Toy Linux (factory default)");
    Ok(())
}

#[ns_test(mount(
    root = "tests/fixtures/rootfs",
    tmpfs = "/etc",
    tmpfs = "/usr",
    ro = "/"
))]
fn a_system_without_a_name_is_an_error() {
    assert_eq!(
        system().expect_err("there is nothing").kind(),
        ErrorKind::NotFound
    );
}

/// Builds a root with one program and its libraries in the test's own /tmp.
fn make_root_with(program: &str, root: &Path) -> Result<(), Box<dyn Error>> {
    let libraries = Command::new("ldd").arg(program).output()?;
    let libraries = String::from_utf8(libraries.stdout)?;
    let paths = libraries
        .split_whitespace()
        .filter(|word| word.starts_with('/'));
    for path in paths.chain([program]) {
        let copy = root.join(path.trim_start_matches('/'));
        fs::create_dir_all(copy.parent().unwrap_or(root))?;
        fs::copy(path, copy)?;
    }
    Ok(())
}

/// A test can also use sandboxes: `Sandbox::command` runs a program in one.
#[ns_test(mount)]
fn a_program_runs_with_nothing_else_there() -> Result<(), Box<dyn Error>> {
    let root = Path::new("/tmp/root");
    make_root_with("/bin/ls", root)?;
    let output = Sandbox::new()
        .root("/tmp/root")
        .command("/bin/ls")
        .arg("/bin")
        .output()?;
    assert_eq!(String::from_utf8(output.stdout)?, "ls\n");
    Ok(())
}

ns_test::main!();
