//! The attributes, one row each: how the harness gets a strange value, and how a process prints its
//! own.

use std::env;
use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd as _;

use ns_test_suite::{host, raw, seccomp};

/// The value that a test starts with.
#[derive(Clone, Copy)]
pub(crate) enum Start {
    /// The same value, whichever process starts the harness.
    Fresh(&'static str),
    /// The caller's value.
    Callers,
}

pub(crate) struct Row {
    /// As in the table of docs/inherited.md.
    pub(crate) name: &'static str,
    /// Returns why the row can't be checked on this machine, if it can't.
    pub(crate) lacking: fn() -> Option<&'static str>,
    pub(crate) make_strange: fn() -> io::Result<()>,
    pub(crate) read: fn() -> String,
    pub(crate) start: Start,
    /// The value of a test without a user namespace.
    pub(crate) without_user: Start,
}

const fn row(
    name: &'static str,
    start: Start,
    make_strange: fn() -> io::Result<()>,
    read: fn() -> String,
) -> Row {
    Row {
        name,
        lacking: || None,
        make_strange,
        read,
        start,
        without_user: start,
    }
}

/// Returns the row of a credential, which a new user namespace resets.
const fn of_root(
    name: &'static str,
    start: Start,
    make_strange: fn() -> io::Result<()>,
    read: fn() -> String,
) -> Row {
    Row {
        lacking: || (!host::is_real_root()).then_some("needs root"),
        without_user: Callers,
        ..row(name, start, make_strange, read)
    }
}

use Start::{Callers, Fresh};

pub(crate) const ROWS: &[Row] = &[
    row("session keyring", Fresh("no key"), add_key, session_key),
    // std ignores SIGPIPE, in the harness as in any Rust program.
    row(
        "ignored signals",
        Fresh("0000000000001000"),
        ignore_signals,
        || status("SigIgn:"),
    ),
    row(
        "blocked signals",
        Fresh("0000000000000000"),
        block_signals,
        || status("SigBlk:"),
    ),
    row("timer slack", Fresh("50000"), set_timer_slack, timer_slack),
    row(
        "descriptors above 2",
        Fresh("closed"),
        open_200,
        is_200_open,
    ),
    of_root("securebits", Fresh("0"), set_securebits, securebits),
    of_root(
        "ambient capabilities",
        Fresh("0000000000000000"),
        raw::raise_ambient_net_raw,
        || status("CapAmb:"),
    ),
    row("umask", Callers, set_umask, || status("Umask:")),
    row(
        "resource limits",
        Callers,
        || raw::lower_open_files(333),
        limits,
    ),
    row("nice value", Callers, be_nicer, || stat(19)),
    row("scheduling policy", Callers, raw::schedule_as_batch, || {
        raw::scheduling_policy().to_string()
    }),
    row(
        "I/O priority",
        Callers,
        || raw::set_io_priority(2 << 13 | 6),
        || raw::io_priority().to_string(),
    ),
    row("CPU affinity", Callers, run_on_one, || {
        status("Cpus_allowed_list:")
    }),
    Row {
        lacking: || {
            let has_none = raw::memory_policy().is_none();
            has_none.then_some("this kernel has no memory policies")
        },
        ..row("memory policy", Callers, raw::prefer_node_0, || {
            format!("{:?}", raw::memory_policy())
        })
    },
    row(
        "OOM score adjustment",
        Callers,
        || fs::write("/proc/self/oom_score_adj", "500"),
        || text("/proc/self/oom_score_adj"),
    ),
    row(
        "core dump filter",
        Callers,
        || fs::write("/proc/self/coredump_filter", "0x13"),
        || text("/proc/self/coredump_filter"),
    ),
    row("personality", Callers, set_personality, || {
        raw::personality(0xffff_ffff).to_string()
    }),
    row(
        "transparent huge pages",
        Callers,
        || prctl(libc::PR_SET_THP_DISABLE, 1),
        || get(libc::PR_GET_THP_DISABLE),
    ),
    row(
        "no_new_privs",
        Callers,
        || prctl(libc::PR_SET_NO_NEW_PRIVS, 1),
        || status("NoNewPrivs:"),
    ),
    row(
        "seccomp filters",
        Callers,
        || seccomp::install(&[]),
        || status("Seccomp:"),
    ),
    row("environment", Callers, || Ok(()), variable),
    row(
        "working directory",
        Callers,
        || env::set_current_dir("/usr"),
        directory,
    ),
];

/// The row whose strange value no call sets: a binary that its user may execute but not read.
pub(crate) const DUMPABLE: Row = row(
    "dumpable",
    Fresh("1"),
    || Ok(()),
    || get(libc::PR_GET_DUMPABLE),
);

/// The variable that is strange in each run.
pub(crate) const VARIABLE: &str = "NS_TEST_SUITE_SECRET";

const KEY: &str = "ns-test-strange";

fn add_key() -> io::Result<()> {
    raw::join_session_keyring()?;
    raw::add_key(KEY, raw::SESSION_KEYRING)
}

fn session_key() -> String {
    let found = raw::has_key(KEY, raw::SESSION_KEYRING);
    if found { "a key" } else { "no key" }.to_owned()
}

fn ignore_signals() -> io::Result<()> {
    for signal in [
        libc::SIGINT,
        libc::SIGQUIT,
        libc::SIGHUP,
        libc::SIGTERM,
        libc::SIGCHLD,
        libc::SIGUSR1,
        libc::SIGTSTP,
        libc::SIGRTMIN() + 3,
    ] {
        raw::ignore(signal);
    }
    Ok(())
}

fn block_signals() -> io::Result<()> {
    [libc::SIGINT, libc::SIGTERM, libc::SIGUSR1, libc::SIGCHLD]
        .into_iter()
        .try_for_each(raw::block)
}

fn set_timer_slack() -> io::Result<()> {
    prctl(libc::PR_SET_TIMERSLACK, 1_000_000)
}

fn timer_slack() -> String {
    get(libc::PR_GET_TIMERSLACK)
}

/// Opens descriptor 200 for every program that this process executes.
fn open_200() -> io::Result<()> {
    raw::dup_to(File::open("/dev/zero")?.as_raw_fd(), 200)
}

fn is_200_open() -> String {
    let open = fs::read_link("/proc/self/fd/200").is_ok();
    if open { "open" } else { "closed" }.to_owned()
}

/// Sets `SECBIT_NO_CAP_AMBIENT_RAISE`, which does not prevent any later step.
fn set_securebits() -> io::Result<()> {
    prctl(libc::PR_SET_SECUREBITS, 1 << 6)
}

fn securebits() -> String {
    get(libc::PR_GET_SECUREBITS)
}

fn set_umask() -> io::Result<()> {
    raw::umask(0o027);
    Ok(())
}

fn limits() -> String {
    let all = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = all.lines().find(|line| line.starts_with("Max open files"));
    line.unwrap_or_default().to_owned()
}

fn be_nicer() -> io::Result<()> {
    raw::be_nicer(5);
    Ok(())
}

/// Moves to the last processor: by default the launcher's tests start on the first.
fn run_on_one() -> io::Result<()> {
    let all = raw::allowed_processors()?;
    raw::run_on(*all.last().unwrap_or(&0))
}

/// Sets `ADDR_NO_RANDOMIZE`, as `setarch -R` and debuggers do.
fn set_personality() -> io::Result<()> {
    raw::personality(0x0004_0000);
    Ok(())
}

fn variable() -> String {
    env::var(VARIABLE).unwrap_or_default()
}

fn directory() -> String {
    env::current_dir().map_or_else(|error| error.to_string(), |path| path.display().to_string())
}

fn prctl(option: i32, value: libc::c_ulong) -> io::Result<()> {
    raw::prctl(option, value).map(drop)
}

fn get(option: i32) -> String {
    raw::prctl(option, 0).map_or_else(|error| error.to_string(), |value| value.to_string())
}

fn text(path: &str) -> String {
    let text = fs::read_to_string(path);
    text.map_or_else(|error| error.to_string(), |text| text.trim().to_owned())
}

/// Returns a line of `proc_pid_status(5)`.
fn status(key: &str) -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    line.map_or_else(|| "none".to_owned(), |value| value.trim().to_owned())
}

/// Returns a field of `proc_pid_stat(5)`. Fields are numbered from 1; the second is the name in
/// parentheses.
fn stat(number: usize) -> String {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let rest = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let field = rest.split(' ').nth(number - 3);
    field.unwrap_or_default().to_owned()
}
