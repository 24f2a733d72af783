//! What a test inherits from the process that starts the harness: each row of the table in
//! docs/inherited.md, with a strange value.
//!
//! This binary sets a strange value on itself, and then executes itself as the fixture. The
//! fixture's tests print the value that they have.

#![expect(
    clippy::print_stdout,
    reason = "what a process has goes to its parent so"
)]

mod rows;

use std::env;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use ns_test::{Sandbox, ns_test};
use ns_test_suite::fixture::{self, Check};
use ns_test_suite::{host, raw};

use rows::{DUMPABLE, ROWS, Row, Start, VARIABLE};

/// The number of the row whose strange value the process sets before it executes itself.
const STRANGE: &str = "NS_TEST_SUITE_STRANGE";

/// Set if the process only prints its values.
const SHOW: &str = "NS_TEST_SUITE_SHOW";

fn main() -> ExitCode {
    if let Ok(number) = env::var(STRANGE) {
        panic!("no strange value: {}", become_strange(&number));
    }
    if env::var_os(SHOW).is_some() {
        show();
        return ExitCode::SUCCESS;
    }
    if env::var_os(fixture::VARIABLE).is_some() {
        return ns_test::run();
    }
    let mut trials: Vec<Trial> = (0..ROWS.len())
        .map(|number| Trial::ignorable_test(ROWS[number].name, move || check_row(number)))
        .collect();
    trials.push(Trial::test(DUMPABLE.name, check_dumpable));
    trials.push(Trial::test(
        "the_table_has_these_rows",
        the_table_has_these_rows,
    ));
    trials.push(Trial::test("keys_of_neighbours", keys_of_neighbours));
    fixture::run_checks(&Arguments::from_args(), trials)
}

fn become_strange(number: &str) -> io::Error {
    let row = number
        .parse()
        .ok()
        .and_then(|number: usize| ROWS.get(number));
    if let Some(Err(error)) = row.map(|row| (row.make_strange)()) {
        return error;
    }
    let mut command = Command::new("/proc/self/exe");
    command.args(env::args_os().skip(1)).env_remove(STRANGE);
    // std's `exec` would reset the signal mask, which is one of the rows.
    raw::execute(&command)
}

/// Prints all rows, one per line.
fn show() {
    // libtest's line for the test is still open.
    println!();
    for row in ROWS.iter().chain([&DUMPABLE]) {
        println!("row {}: {}", row.name, (row.read)());
    }
}

#[ns_test]
fn bare() {
    show();
}

#[ns_test(user)]
fn user() {
    show();
}

/// Runs in no namespace.
#[ns_test(user(host))]
fn nothing() {
    show();
}

/// If the caller is not root, the ambient set keeps the capabilities.
#[ns_test(user(keep))]
fn kept_ids() {
    show();
}

#[ns_test(user)]
fn neighbour_1_adds_keys() {
    for keyring in [raw::SESSION_KEYRING, raw::USER_KEYRING] {
        raw::add_key("ns-test-neighbour", keyring).expect("it is our own");
        assert!(raw::has_key("ns-test-neighbour", keyring));
    }
}

#[ns_test(user)]
fn neighbour_2_sees_none() {
    for keyring in [raw::SESSION_KEYRING, raw::USER_KEYRING] {
        assert!(!raw::has_key("ns-test-neighbour", keyring), "{keyring}");
    }
}

#[ns_test(timeout = "1h")]
fn a_command() {
    let program = env::current_exe().expect("it is there");
    let output = Sandbox::new()
        .user()
        .env(SHOW, "1")
        .command(program)
        .output();
    let output = output.expect("it runs");
    print!("{}", String::from_utf8_lossy(&output.stdout));
}

const FIXTURES: [&str; 5] = ["bare", "user", "nothing", "kept_ids", "a_command"];

fn command(strange: Option<usize>) -> Command {
    let mut command = Command::new(env::current_exe().unwrap_or_default());
    fixture::forget_wishes(&mut command);
    command
        .env(VARIABLE, "a secret")
        .envs(strange.map(|number| (STRANGE, number.to_string())))
        .stdin(Stdio::null());
    command
}

/// Returns what such a run prints for a row.
fn shown(command: &mut Command, name: &str) -> Result<String, Failed> {
    let output = command.output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let start = format!("row {name}: ");
    let line = text.lines().find_map(|line| line.strip_prefix(&start));
    let line = line.ok_or_else(|| {
        format!(
            "no line for {name}:\n{text}{}",
            String::from_utf8_lossy(&output.stderr)
        )
    })?;
    Ok(line.to_owned())
}

fn in_fixture(command: &mut Command, test: &str, name: &str) -> Result<String, Failed> {
    let arguments = [test, "--exact", "--nocapture", "--test-threads=1"];
    shown(command.env(fixture::VARIABLE, "1").args(arguments), name)
}

fn check_row(number: usize) -> Result<Completion, Failed> {
    let row = &ROWS[number];
    if let Some(why) = (row.lacking)() {
        return Ok(Completion::ignored_with(why));
    }
    let callers = shown(command(Some(number)).env(SHOW, "1"), row.name)?;
    let usual = shown(command(None).env_remove(VARIABLE).env(SHOW, "1"), row.name)?;
    assert_ne!(callers, usual, "the value is not strange");
    for test in FIXTURES {
        let start = if test == "nothing" {
            row.without_user
        } else {
            row.start
        };
        let expected = match start {
            Start::Fresh(value) => value,
            Start::Callers => &callers,
        };
        let found = in_fixture(&mut command(Some(number)), test, row.name)?;
        assert_eq!(found, expected, "in {test}; the caller has {callers}");
    }
    Ok(Completion::Completed)
}

/// Checks a binary that its user may not read: the kernel makes root the owner of its /proc/self.
fn check_dumpable() -> Check {
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("ns-test-unreadable-{}", std::process::id()));
    fs::copy(env::current_exe()?, &copy)?;
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o111))?;
    let checked = dumpable_in(&copy);
    fs::remove_file(&copy)?;
    checked
}

fn dumpable_in(copy: &Path) -> Check {
    let command = || {
        let mut command = Command::new(copy);
        if host::is_real_root() {
            command = Command::new("setpriv");
            let drop = "--reuid=65534 --regid=65534 --clear-groups --inh-caps=-all";
            // A shell: setpriv itself has capabilities until it executes a program.
            command
                .args(drop.split(' '))
                .args(["sh", "-c", "\"$0\" \"$@\"; exit $?"])
                .arg(copy);
        }
        fixture::forget_wishes(&mut command);
        command.stdin(Stdio::null());
        command
    };
    let callers = shown(command().env(SHOW, "1"), DUMPABLE.name)?;
    assert_ne!(callers, "1", "the value is not strange");
    // A command executes a program, and at that point the kernel decides again.
    for test in ["bare", "user", "nothing", "kept_ids"] {
        let found = in_fixture(&mut command(), test, DUMPABLE.name)?;
        assert_eq!(found, "1", "in {test}");
    }
    Ok(())
}

/// Checks the keys of tests that one launcher runs one after another.
fn keys_of_neighbours() -> Check {
    let mut command = fixture::command(["neighbour_", "--test-threads=1"]);
    fixture::Transcript::of(&mut command).passed(2)
}

/// Checks that docs/inherited.md has these rows: the name, and the origin of the value.
fn the_table_has_these_rows() -> Check {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/inherited.md");
    let page = fs::read_to_string(page)?;
    let table = page.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        Some((
            cells.next()?.to_owned(),
            cells.next()?.starts_with("the caller's"),
        ))
    });
    let is_row = |(name, _): &(String, bool)| !name.starts_with("---") && name != "attribute";
    let mut documented: Vec<_> = table.filter(is_row).collect();
    let mut tested: Vec<_> = ROWS.iter().chain([&DUMPABLE]).map(documented_as).collect();
    documented.sort();
    tested.sort();
    assert_eq!(documented, tested);
    Ok(())
}

fn documented_as(row: &Row) -> (String, bool) {
    (row.name.to_owned(), matches!(row.start, Start::Callers))
}
