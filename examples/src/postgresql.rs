//! PostgreSQL in tests. To use it in another project, copy this file.
//!
//! Needs the server's package (Debian: postgresql). Without it, tests are ignored with that reason.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ns_test::service::{Ready, Service};

/// Returns a command for one of PostgreSQL's programs. Skips the test if it is not installed.
///
/// Distributions keep the programs outside `PATH`. Debian has a directory for each version.
pub fn program(name: &str) -> Command {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let paths = versions.flatten().map(|version| version.path().join("bin"));
    let found: Option<PathBuf> = paths.filter(|path| path.join("postgres").exists()).max();
    match found {
        Some(path) => Command::new(path.join(name)),
        None => ns_test::skip!("PostgreSQL is not installed (Debian: postgresql)"),
    }
}

/// Fills an empty directory, for `prepared("/srv/db", init_db)`.
///
/// # Errors
/// If `initdb` fails.
pub fn init_db(directory: &Path) -> io::Result<()> {
    let mut initdb = program("initdb");
    initdb.args(["--username=postgres", "--auth=trust", "-D"]);
    initdb.arg(directory);
    // Faster, and smaller: a test copies what it changes.
    initdb.args(["--no-sync", "--wal-segsize=1"]);
    text(&initdb.output()?).map(drop)
}

/// Returns the command of a server on this directory. It listens on 127.0.0.1 and on a Unix socket
/// in /tmp.
pub fn postgres(directory: &str) -> Command {
    let mut command = program("postgres");
    // Debian's directory for the socket, /run/postgresql, belongs to another user.
    command.args(["-D", directory, "-k", "/tmp"]);
    command
}

/// Returns the service, not started yet.
pub fn service(command: Command) -> Service {
    ready(Service::new(command))
}

/// Returns the service with PostgreSQL's readiness and its signal for a fast stop. At SIGTERM it
/// would wait for its clients.
pub fn ready(service: Service) -> Service {
    service.ready(Ready::notified()).stop_signal(libc::SIGINT)
}

/// Returns a client that runs these statements on the server. `host` is a name, an address or the
/// directory of the Unix socket.
pub fn psql(host: &str, statements: &str) -> Command {
    let mut psql = program("psql");
    psql.args(["-h", host, "-U", "postgres", "-X", "-v", "ON_ERROR_STOP=1"]);
    // Only the values, without header and alignment.
    psql.args(["-q", "-A", "-t", "-c", statements]);
    psql
}

/// Runs the statements on the server of this test. Returns their values, one row on each line.
///
/// # Errors
/// The client's message if a statement fails.
pub fn sql(statements: &str) -> io::Result<String> {
    text(&psql("/tmp", statements).output()?)
}

/// Returns what a program has written, without the last newline.
///
/// # Errors
/// Its messages if it has failed.
pub fn text(output: &Output) -> io::Result<String> {
    if !output.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&output.stderr)));
    }
    Ok(String::from_utf8_lossy(&output.stdout)
        .trim_end()
        .to_owned())
}
