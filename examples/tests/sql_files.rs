//! A test for each .sql file of a directory, all against one prepared database.
//!
//! Each file begins with its expected output, as a comment. It may drop, create and alter anything:
//! it has its own database.

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use ns_test::service::Service;
use ns_test::{Harness, Sandbox};
use ns_test_examples::postgresql::{self, init_db, sql};

/// Runs `initdb` and creates the tables that the files expect.
fn shop(directory: &Path) -> io::Result<()> {
    init_db(directory)?;
    let _postgres = postgres()?;
    sql("CREATE TABLE orders AS VALUES (1, 'tea'), (2, 'milk')").map(drop)
}

fn postgres() -> io::Result<Service> {
    let command = postgresql::postgres("/srv/db");
    Ok(postgresql::service(command).start()?)
}

/// Runs the statements. The comment lines at the start of a file are the expected output.
fn check(script: &str) -> io::Result<()> {
    let expected = script.lines().map_while(|line| line.strip_prefix("-- "));
    let expected: Vec<&str> = expected.collect();
    let _postgres = postgres()?;
    assert_eq!(sql(script)?, expected.join("\n"));
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
