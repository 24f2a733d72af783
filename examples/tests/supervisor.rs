//! A supervisor that reaps zombies.
//!
//! Without namespaces: `waitpid(-1)` reaps the children of every other test in the process, so
//! those tests hang or fail. Also, the machine has too many processes to tell whether a zombie is
//! left.
//!
//! `pid` gives each test a process, a process tree and a /proc of its own.

use std::fs;
use std::io;
use std::process::{Command, ExitStatus};

use ns_test::ns_test;
use ns_test_examples::supervisor::Supervisor;

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

/// Returns the test's whole process tree: PID 1 is the sandbox's init, PID 2 the test.
fn processes() -> io::Result<Vec<u32>> {
    let names =
        fs::read_dir("/proc")?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut pids: Vec<u32> = names.filter_map(|name| name.parse().ok()).collect();
    pids.sort_unstable();
    Ok(pids)
}

#[ns_test(pid, timeout = "10s")]
fn every_service_is_waited_for() -> io::Result<()> {
    let mut supervisor = Supervisor::new()?;
    supervisor.start(&mut shell("exit 3"))?;
    supervisor.start(&mut shell("sleep 0.1; exit 4"))?;
    let report = supervisor.run()?;
    let codes: Vec<_> = report.services.iter().map(ExitStatus::code).collect();
    assert_eq!(codes, [Some(3), Some(4)]);
    assert_eq!(report.orphans, 0);
    Ok(())
}

#[ns_test(pid, timeout = "10s")]
fn orphans_are_adopted_and_no_zombie_stays() -> io::Result<()> {
    let mut supervisor = Supervisor::new()?;
    supervisor.start(&mut shell("sleep 0.1 & sleep 0.2 & exit 0"))?;
    assert_eq!(supervisor.run()?.orphans, 2);
    assert_eq!(processes()?, [1, 2]);
    Ok(())
}

ns_test::main!();
