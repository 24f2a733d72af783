//! The server of one test, instead of the shared one that a compose file starts.

use std::fs;
use std::path::Path;
use std::process::Command;

use ns_test::service::{Ready, Service};

const PROGRAMS: &str = env!("POSTGRES_PROGRAMS");

/// The users and login methods that the tests expect.
const ACCESS: &str = "\
local all postgres trust
host all pass_user samehost password
host all md5_user samehost md5
host all scram_user samehost scram-sha-256
host all postgres samehost trust
";

const USERS: &str = "
    SET password_encryption TO 'md5';
    CREATE ROLE pass_user PASSWORD 'password' LOGIN;
    CREATE ROLE md5_user PASSWORD 'password' LOGIN;
    SET password_encryption TO 'scram-sha-256';
    CREATE ROLE scram_user PASSWORD 'password' LOGIN;
    CREATE EXTENSION hstore;
    CREATE EXTENSION citext;
    CREATE EXTENSION ltree;
";

/// Starts the test's server.
pub(crate) fn start() -> Service {
    fs::create_dir_all("/run/postgresql").expect("/run is the test's own");
    let mut postgres = Command::new(format!("{PROGRAMS}/postgres"));
    postgres.args(["-D", "/srv/db", "-p", "5433"]);
    let service = Service::new(postgres).ready(Ready::notified());
    service.stop_signal(2).start().expect("PostgreSQL starts")
}

/// Fills the server's data directory.
pub(crate) fn prepare(directory: &Path) -> std::io::Result<()> {
    let mut initdb = Command::new(format!("{PROGRAMS}/initdb"));
    initdb.args(["--username=postgres", "--encoding=UTF8", "--no-sync", "--wal-segsize=1", "-D"]);
    assert!(initdb.arg(directory).output()?.status.success());
    fs::write(directory.join("pg_hba.conf"), ACCESS)?;
    let server = start();
    let mut psql = Command::new("psql");
    psql.args(["-h", "/run/postgresql", "-p", "5433", "-U", "postgres", "-v", "ON_ERROR_STOP=1"]);
    assert!(psql.args(["-X", "-q", "-c", USERS]).status()?.success());
    server.stop().map(drop).map_err(Into::into)
}
