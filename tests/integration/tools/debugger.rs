//! gdb(1): it follows the forks on the way to a test.

use std::process::Command;

use libtest_mimic::{Completion, Failed};
use ns_test_suite::fixture::Transcript;
use ns_test_suite::outer::Outer;

pub(crate) fn stops(tooled: &Outer) -> Result<Completion, Failed> {
    if Command::new("gdb").arg("--version").output().is_err() {
        return Ok(Completion::ignored_with("gdb is not installed"));
    }
    let name = "sanitized_without_libtest";
    let mut cargo = tooled.cargo(["test", "--no-run", "--test", name]);
    let binary = tooled.built_by(&mut cargo, &format!("tests/{name}.rs"))?;
    let mut gdb = Command::new("gdb");
    gdb.args(["-batch", "-nx"]).current_dir(&tooled.directory);
    for command in [
        "set debuginfod enabled off",
        "set follow-fork-mode child",
        "set breakpoint pending on",
        "break sanitized.rs:11",
        "run",
        "print text.vec.len",
        "backtrace",
        "continue",
    ] {
        gdb.args(["-ex", command]);
    }
    gdb.arg("--args").arg(&binary);
    gdb.args(["sanitized::passes", "--exact", "--test-threads=1"]);
    let session = Transcript::of(&mut gdb);
    for words in [
        "sanitized.rs:11",
        "$1 = 11",
        "ns_test::body::run",
        "exited normally",
    ] {
        session.verify(session.text.contains(words), words)?;
    }
    Ok(Completion::Completed)
}
