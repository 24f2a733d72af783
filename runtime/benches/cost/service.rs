//! A PostgreSQL per test: from a prepared directory, by `initdb`, and from one shared server.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use ns_test::service::{Ready, Service};
use ns_test::{Harness, Prepared, Sandbox};

use crate::compare::compare;
use crate::contender::{Contender, Place};
use crate::fixture::TESTS;
use crate::group::Log;
use crate::options::Options;
use crate::scratch::{SCRATCH, Scratch};
use crate::{measure, report, scratch};

/// The variable with the measurement of a process of this role.
const KIND: &str = "NS_TEST_BENCH_SERVICE";

/// The group of whole tests, and the facts.
pub(crate) const GROUP: &str = "20 tests with PostgreSQL; 2 at a time";
pub(crate) const PREPARED: &str = "a server per test, prepared";
pub(crate) const READY: &str = "PostgreSQL to ready: initdb per test / prepared";
const LOOKUPS: [(&str, &str); 3] = [
    (
        "memory",
        "first lookup in a 400 MB table, upper layer in memory, ms",
    ),
    (
        "disk",
        "first lookup in a 400 MB table, upper layer on disk, ms",
    ),
    ("copy", "first lookup in a 400 MB table, copied, ms"),
];

const TEMPLATES: [(&str, &str); 2] = [
    ("template", "CREATE DATABASE .. TEMPLATE, ms"),
    ("tuned", "CREATE DATABASE .. TEMPLATE, tuned, ms"),
];

/// Measures all kinds of tests with PostgreSQL.
pub(crate) fn run(place: &Place, options: &Options, log: &mut Log) -> Result<(), String> {
    if programs().is_none() {
        report::skipped(GROUP, "PostgreSQL is not installed");
        return Ok(());
    }
    let scratch = Scratch::make().map_err(|error| error.to_string())?;
    let bench = Bench { place, scratch };
    bench.whole_tests(options, log)?;
    bench.readiness(log);
    bench.templates(log);
    bench.lookups(log)
}

struct Bench<'a> {
    place: &'a Place,
    scratch: Scratch,
}

impl Bench<'_> {
    fn contender(&self, name: &str, kind: &str, threads: u32, tests: u32) -> Contender {
        let mut command = self.place.role_of_service(threads, tests);
        command
            .env(KIND, kind)
            .env(SCRATCH, self.scratch.path())
            .env("NS_TEST_PREPARE_DIR", self.scratch.path().join("prepared"));
        Contender {
            name: name.to_owned(),
            tests,
            command,
        }
    }

    /// Prepares the directory, which happens once and is not part of a test.
    fn prepare(&self, kind: &str) -> Result<(), String> {
        measure::run(&mut self.contender("", kind, 1, 1).command)?;
        self.scratch.forget(kind);
        Ok(())
    }

    fn whole_tests(&self, options: &Options, log: &mut Log) -> Result<(), String> {
        self.prepare("prepared")?;
        let contenders = [
            self.contender(PREPARED, "prepared", 2, 20),
            self.contender("initdb in each test", "initdb", 2, 20),
            self.contender("one shared server, one at a time", "shared", 1, 20),
            self.contender("one shared server, TEMPLATE", "template", 2, 20),
            self.contender("one shared server, TEMPLATE, tuned", "tuned", 2, 20),
        ];
        compare(log, GROUP, contenders, options.rounds(3));
        Ok(())
    }

    fn readiness(&self, log: &mut Log) {
        let medians = (
            self.scratch.median("initdb"),
            self.scratch.median("prepared"),
        );
        let (Some(initdb), Some(prepared)) = medians else {
            return;
        };
        let facts = [
            ("PostgreSQL to ready, prepared, ms", prepared / 1e3),
            ("PostgreSQL to ready, initdb per test, ms", initdb / 1e3),
            (READY, initdb / prepared),
        ];
        for (name, value) in facts {
            report::fact(name, value);
        }
        log.facts.extend(facts);
    }

    /// Reports the time of only the statement, measured while another test runs.
    fn templates(&self, log: &mut Log) {
        for (kind, fact) in TEMPLATES {
            if let Some(micros) = self.scratch.median(kind) {
                report::fact(fact, micros / 1e3);
                log.facts.push((fact, micros / 1e3));
            }
        }
    }

    fn lookups(&self, log: &mut Log) -> Result<(), String> {
        for (kind, fact) in LOOKUPS {
            self.prepare(kind)?;
            measure::run(&mut self.contender("", kind, 1, 3).command)?;
            if let Some(micros) = self.scratch.median(kind) {
                report::fact(fact, micros / 1e3);
                log.facts.push((fact, micros / 1e3));
            }
        }
        Ok(())
    }
}

/// Runs the role: a harness whose tests use PostgreSQL in one of these ways.
pub(crate) fn role() -> ExitCode {
    let number = env::var(TESTS).ok().and_then(|tests| tests.parse().ok());
    let kind = env::var(KIND).unwrap_or_default();
    let shared = match kind.as_str() {
        "shared" | "template" | "tuned" => Some(shared().expect("the shared server starts")),
        _ => None,
    };
    let own = Sandbox::new()
        .user_as(1000, 1000)
        .net()
        .pid()
        .ipc()
        .tmpfs("/srv");
    let large = || Prepared::new("/srv/db", large_table);
    let (sandbox, body): (_, fn() -> io::Result<()>) = match kind.as_str() {
        "prepared" => (own.prepared("/srv/db", initdb), with_prepared),
        "initdb" => (own, with_initdb),
        "memory" => (own.prepared_with(large().upper_in_memory()), look_up),
        "disk" => (own.prepared_with(large().upper_on_disk()), look_up),
        "copy" => (own.prepared_with(large().copy()), look_up),
        "shared" => (Sandbox::new(), with_shared),
        _ => (Sandbox::new(), with_template),
    };
    let code = (0..number.unwrap_or(1))
        .fold(Harness::new(), |harness, number: u32| {
            harness.trial(format!("test_{number:02}"), sandbox.clone(), body)
        })
        .run();
    drop(shared);
    code
}

const WORK: &str = "CREATE TABLE orders (item text); \
    INSERT INTO orders SELECT 'tea' FROM generate_series(1, 100); SELECT count(*) FROM orders;";

fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let paths = versions.map(|version| version.path().join("bin"));
    paths.filter(|path| path.join("postgres").exists()).max()
}

fn program(name: &str) -> Command {
    Command::new(programs().unwrap_or_default().join(name))
}

fn initdb(directory: &Path) -> io::Result<()> {
    let mut initdb = program("initdb");
    initdb.args([
        "--username=postgres",
        "--auth=trust",
        "--no-sync",
        "--wal-segsize=1",
        "-D",
    ]);
    let output = initdb.arg(directory).output()?;
    assert!(output.status.success(), "{output:?}");
    Ok(())
}

fn postgres(directory: &Path, sockets: &Path) -> io::Result<Service> {
    let mut command = program("postgres");
    command.arg("-D").arg(directory).arg("-k").arg(sockets);
    command.args(["-c", "listen_addresses="]);
    if is_tuned() {
        command.args(["-c", "fsync=off"]);
    }
    let service = Service::new(command).ready(Ready::notified());
    Ok(service.stop_signal(libc::SIGINT).start()?)
}

/// Returns whether the shared server is tuned for tests: nothing waits for the disk, and files are
/// copied (PostgreSQL 15).
fn is_tuned() -> bool {
    env::var(KIND).is_ok_and(|kind| kind == "tuned")
}

fn sql(sockets: &Path, database: &str, statement: &str) -> io::Result<()> {
    let mut psql = program("psql");
    psql.arg("-h")
        .arg(sockets)
        .args(["-U", "postgres", "-d", database]);
    psql.args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-c", statement]);
    let output = psql.output()?;
    assert!(output.status.success(), "{output:?}");
    Ok(())
}

fn note(since: Instant) -> io::Result<()> {
    let kind = env::var(KIND).unwrap_or_default();
    scratch::note(&kind, since.elapsed().as_secs_f64() * 1e6)
}

fn with_prepared() -> io::Result<()> {
    let start = Instant::now();
    let _postgres = postgres(Path::new("/srv/db"), Path::new("/srv"))?;
    note(start)?;
    sql(Path::new("/srv"), "postgres", WORK)
}

fn with_initdb() -> io::Result<()> {
    let start = Instant::now();
    initdb(Path::new("/srv/db"))?;
    let _postgres = postgres(Path::new("/srv/db"), Path::new("/srv"))?;
    note(start)?;
    sql(Path::new("/srv"), "postgres", WORK)
}

/// Starts one server for all tests, with a template database.
fn shared() -> io::Result<Service> {
    let directory = scratch::directory().join("shared");
    let _ = fs::remove_dir_all(&directory);
    initdb(&directory)?;
    let service = postgres(&directory, &directory)?;
    sql(&directory, "postgres", "CREATE DATABASE shop")?;
    Ok(service)
}

fn with_shared() -> io::Result<()> {
    let sockets = scratch::directory().join("shared");
    sql(&sockets, "postgres", &format!("{WORK} DROP TABLE orders"))
}

fn with_template() -> io::Result<()> {
    let sockets = scratch::directory().join("shared");
    let name = format!("test_{}", std::process::id());
    let strategy = if is_tuned() { "STRATEGY file_copy" } else { "" };
    let create = format!("CREATE DATABASE {name} TEMPLATE shop {strategy}");
    let start = Instant::now();
    sql(&sockets, "postgres", &create)?;
    note(start)?;
    sql(&sockets, &name, WORK)?;
    sql(&sockets, "postgres", &format!("DROP DATABASE {name}"))
}

/// Creates a database with a table of 400 MB.
fn large_table(directory: &Path) -> io::Result<()> {
    initdb(directory)?;
    let _postgres = postgres(directory, Path::new("/srv"))?;
    let table = "CREATE TABLE large AS \
        SELECT id, repeat(md5(id::text), 11) AS text FROM generate_series(1, 1000000) AS id";
    sql(Path::new("/srv"), "postgres", table)?;
    sql(
        Path::new("/srv"),
        "postgres",
        "CREATE UNIQUE INDEX ON large (id)",
    )?;
    sql(Path::new("/srv"), "postgres", "VACUUM FREEZE large")
}

fn look_up() -> io::Result<()> {
    let _postgres = postgres(Path::new("/srv/db"), Path::new("/srv"))?;
    let start = Instant::now();
    sql(
        Path::new("/srv"),
        "postgres",
        "SELECT text FROM large WHERE id = 471100",
    )?;
    note(start)
}
