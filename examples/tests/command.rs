//! One program in a sandbox, in an ordinary suite: `#[test]`, and libtest's `main`.
//!
//! Without namespaces: only a review shows that a script writes nowhere else, and works without a
//! network.
//!
//! `Sandbox::command` is `std::process::Command` in fresh namespaces. It is safe to call from a
//! process with threads. Here the whole tree is read-only except /tmp and /run, and there is no
//! network.

use ns_test::{Sandbox, SetupError};

/// Returns a script's output, or the reason why it failed.
fn run(script: &str) -> Result<Result<String, String>, SetupError> {
    let strict = Sandbox::new().net().pid().ro("/").tmpfs("/run");
    let output = strict
        .command("timeout")
        .args(["60", "sh", "-euc", script])
        .output()?;
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    Ok(match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(text(&output.stderr)),
    })
}

#[test]
fn may_write_to_run() -> Result<(), SetupError> {
    let said = run("echo ready >/run/state; cat /run/state")?;
    assert_eq!(said.as_deref(), Ok("ready\n"));
    Ok(())
}

#[test]
fn may_write_nowhere_else() -> Result<(), SetupError> {
    let refused = run("echo ready >/var/state")?.expect_err("/var is read-only");
    assert!(refused.contains("Read-only file system"), "{refused}");
    Ok(())
}

#[test]
fn leaves_no_process_behind() -> Result<(), SetupError> {
    // Returns at once, and ends the background `sleep` ten minutes early.
    assert_eq!(run("sleep 600 & echo started")?.as_deref(), Ok("started\n"));
    Ok(())
}
