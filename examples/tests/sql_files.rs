//! A test for each .sql file of a directory, all against one prepared database.
//!
//! Each file begins with its expected output, as a comment. It may drop, create and alter anything:
//! it has its own database.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use ns_test::service::{Ready, Service};
use ns_test::{Harness, Sandbox};

/// The directories where distributions install PostgreSQL. Debian has one for each version.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let paths = versions.map(|version| version.path().join("bin"));
    paths.filter(|path| path.join("postgres").exists()).max()
}

fn program(name: &str) -> Command {
    match programs() {
        Some(path) => Command::new(path.join(name)),
        None => ns_test::skip!("PostgreSQL is not installed (Debian: postgresql)"),
    }
}

/// Runs `initdb` and creates the tables that the files expect.
fn shop(directory: &Path) -> io::Result<()> {
    if programs().is_none() {
        return Ok(()); // the tests skip themselves
    }
    let mut initdb = program("initdb");
    initdb.args([
        "--username=postgres",
        "--auth=trust",
        "--no-sync",
        "--wal-segsize=1",
        "-D",
    ]);
    assert!(initdb.arg(directory).output()?.status.success());
    let _postgres = postgres()?;
    psql("CREATE TABLE orders AS VALUES (1, 'tea'), (2, 'milk')").map(drop)
}

fn postgres() -> io::Result<Service> {
    let mut command = program("postgres");
    command.args(["-D", "/srv/db", "-k", "/tmp"]);
    let postgres = Service::new(command).ready(Ready::notified());
    Ok(postgres.stop_signal(libc::SIGINT).start()?)
}

fn psql(script: &str) -> io::Result<String> {
    let mut psql = program("psql");
    psql.args([
        "-h",
        "/tmp",
        "-U",
        "postgres",
        "-XqAt",
        "-v",
        "ON_ERROR_STOP=1",
        "-c",
        script,
    ]);
    let output = psql.output()?;
    if !output.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&output.stderr)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Returns the expected output: the comment lines at the start of a file.
fn check(script: &str) -> io::Result<()> {
    let expected = script.lines().map_while(|line| line.strip_prefix("-- "));
    let expected: String = expected.flat_map(|line| [line, "\n"]).collect();
    let _postgres = postgres()?;
    assert_eq!(psql(script)?, expected);
    Ok(())
}

fn main() -> ExitCode {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sql");
    let sandbox = Sandbox::new()
        .user_as(1000, 1000)
        .net()
        .tmpfs("/srv")
        .prepared("/srv/db", shop);
    let mut harness = Harness::new();
    for file in fs::read_dir(directory)
        .expect("the directory is there")
        .flatten()
    {
        let script = fs::read_to_string(file.path()).expect("it is text");
        let name = file.file_name().to_string_lossy().into_owned();
        harness = harness.trial(name, sandbox.clone(), move || check(&script));
    }
    harness.run()
}
