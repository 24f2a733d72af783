//! System V IPC with a fixed key.
//!
//! Without namespaces: the key is global, so two tests can't run in parallel, nor a test next to
//! the program itself. What a crashed test leaves stays until you run `ipcrm`.
//!
//! `ipc` gives the test an empty table of its own, which the kernel removes with the namespace.

use std::io::{self, ErrorKind};
use std::process::Command;

use ns_test::ns_test;
use ns_test_examples::instance::Instance;

/// The program has used this key for twenty years.
const KEY: i32 = 0x746f_7964;

#[ns_test(ipc)]
fn the_first_instance_starts() -> io::Result<()> {
    let _instance = Instance::claim(KEY)?;
    Ok(())
}

#[ns_test(ipc)]
fn the_second_is_refused() -> io::Result<()> {
    let _instance = Instance::claim(KEY)?;
    let refused = Instance::claim(KEY).expect_err("there is one");
    assert_eq!(refused.kind(), ErrorKind::AlreadyExists);
    Ok(())
}

#[ns_test(ipc)]
fn the_next_may_start_when_the_first_has_ended() -> io::Result<()> {
    drop(Instance::claim(KEY)?);
    Instance::claim(KEY).map(drop)
}

#[ns_test(ipc)]
fn a_crash_leaves_the_key_taken() -> io::Result<()> {
    // Like a crash: nothing is released.
    std::mem::forget(Instance::claim(KEY)?);
    assert!(Instance::claim(KEY).is_err());
    // ipcs(1) lists it, too. The test need not remove it: the table ends with the namespace.
    let table = Command::new("ipcs").arg("-s").output()?;
    assert!(String::from_utf8_lossy(&table.stdout).contains(&format!("{KEY:#x}")));
    Ok(())
}

ns_test::main!();
