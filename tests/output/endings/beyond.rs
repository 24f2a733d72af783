//! Endings that a golden file can't hold: the output varies, or the machine must be prepared.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::Trial;
use ns_test_suite::fixture::{self, Check, Transcript};
use ns_test_suite::{host, raw};

pub(crate) fn checks() -> Vec<Trial> {
    vec![
        Trial::test("backtrace_ends_at_the_test", backtrace_ends_at_the_test),
        Trial::test("fork_bomb_is_ended", fork_bomb_is_ended),
        Trial::test("oom_kill_is_reported", oom_kill_is_reported),
        Trial::test("core_dump_is_reported", core_dump_is_reported),
        Trial::test("double_panic", double_panic),
        Trial::test("flood_is_cut", flood_is_cut),
    ]
}

fn backtrace_ends_at_the_test() -> Check {
    let mut command = fixture::command(["fixtures::panics", "--exact"]);
    let transcript = Transcript::of(command.env("RUST_BACKTRACE", "1"));
    transcript.failed_with("stack backtrace:")?;
    transcript.failed_with("fixtures::panics")?;
    transcript.verify(
        !transcript.text.contains("ns_test::init"),
        "no frames of the sandbox",
    )
}

/// Checks a fork bomb, which ends by its timeout or by its own failure. In both cases the test ends
/// and leaves nothing. It runs as an ordinary user, because the kernel exempts real root from the
/// limit.
fn fork_bomb_is_ended() -> Check {
    let mark = format!("ns-test-suite-bomb-{}", std::process::id());
    let mut command = fixture::command_as_ordinary_user(["fixtures::bombs", "--exact"]);
    Transcript::of(command.env("NS_TEST_SUITE_MARK", &mark)).failed_with("fixtures::bombs")?;
    let left = host::processes_with(&mark);
    assert!(left.is_empty(), "{left:?} are left");
    Ok(())
}

/// Checks a kill by the out-of-memory killer. It needs the memory limit of a cgroup, which only
/// root can create.
fn oom_kill_is_reported() -> Check {
    let Some(cgroup) = MemoryCgroup::make(64 << 20) else {
        return Ok(());
    };
    let script = format!(
        "echo $$ > {}/cgroup.procs && exec \"$0\" \"$@\"",
        cgroup.0.display()
    );
    let mut command = Command::new("sh");
    command
        .args(["-c", &script])
        .arg(std::env::current_exe()?)
        .args(["fixtures::runs_out_of_memory", "--exact"]);
    let transcript = Transcript::of(command.env(fixture::VARIABLE, "1"));
    transcript.failed_with("was killed by SIGKILL (killed) before the test returned")?;
    transcript.failed_with(
        "out of memory: the kernel killed 1 process on this machine while the test ran (oom_kill in /proc/vmstat)",
    )
}

/// Checks the report of a core dump, if the machine writes core files and permits one here.
fn core_dump_is_reported() -> Check {
    let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap_or_default();
    let limits = fs::read_to_string("/proc/self/limits")?;
    let limit = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .ok_or("no such limit")?;
    let writes_files = limit.contains("unlimited") && !pattern.starts_with(['|', '@', '/']);
    let words = if writes_files {
        "SIGSEGV (invalid memory reference, core dumped)"
    } else {
        "SIGSEGV (invalid memory reference"
    };
    fixture::run("fixtures::dumps_core").failed_with(words)
}

struct MemoryCgroup(PathBuf);

impl MemoryCgroup {
    fn make(bytes: u64) -> Option<Self> {
        let versions = [
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
            ("/sys/fs/cgroup", "memory.max"),
        ];
        versions.into_iter().find_map(|(root, file)| {
            let directory =
                Path::new(root).join(format!("ns-test-suite-oom-{}", std::process::id()));
            fs::create_dir(&directory).ok()?;
            let cgroup = Self(directory);
            fs::write(cgroup.0.join(file), bytes.to_string())
                .ok()
                .map(|()| cgroup)
        })
    }
}

impl Drop for MemoryCgroup {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

/// Checks a double panic, for which std always prints a backtrace. A golden file can't hold that.
fn double_panic() -> Check {
    let transcript = fixture::run("fixtures::panics_while_panicking");
    for words in [
        "\nthe first\n",
        "\nthe second\n",
        "the test process was killed by SIGABRT (abort)",
    ] {
        transcript.failed_with(words)?;
    }
    Ok(())
}

fn flood_is_cut() -> Check {
    let transcript = fixture::run("fixtures::floods");
    for words in [
        " bytes omitted ..]\n",
        "---- fixtures::floods ----\nxxx",
        "\nafter 1 GiB\n",
    ] {
        transcript.failed_with(words)?;
    }
    transcript.verify(transcript.text.len() < 1 << 20, "less than was written")?;
    // No other child has used even a tenth of this memory.
    let most = raw::most_memory_of_children();
    transcript.verify(
        most < 100 << 20,
        &format!("less than {most} bytes of memory"),
    )
}
