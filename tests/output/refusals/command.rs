//! How a fixture runs on a machine that refuses something, and how its output is compared.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};

use libtest_mimic::Failed;
use ns_test_suite::fixture::{self, Check, Transcript};
use ns_test_suite::{golden, host};

use crate::jail::JAIL;
use crate::setups::{PLAIN, SKIP, Way};

/// Text that the machine of the suite would add to the transcripts.
const NOT_INHERITED: [&str; 9] = [
    "GITHUB_ACTIONS",
    "GITLAB_CI",
    "KUBERNETES_SERVICE_HOST",
    "NEXTEST",
    "NS_TEST_DOCTOR",
    "NS_TEST_REFUSED",
    "NS_TEST_TIMEOUT",
    "RUST_BACKTRACE",
    "RUST_TEST_THREADS",
];

pub(crate) fn command(way: Way, ordinary: bool) -> Command {
    let binary = env::current_exe().unwrap_or_default();
    let mut words: Vec<OsString> = Vec::new();
    if ordinary && host::is_real_root() {
        let drop = "setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all";
        words.extend(drop.split(' ').map(OsString::from));
    }
    if let Some(script) = way.script {
        words.extend(["unshare", "-Urm", "sh", "-ec"].map(OsString::from));
        words.push(format!("{script}\nexec \"$0\" \"$@\"").into());
    }
    words.push(binary.into());
    let mut command = Command::new(words.remove(0));
    for variable in NOT_INHERITED {
        command.env_remove(variable);
    }
    command
        .args(words)
        .args(way.arguments)
        .env(fixture::VARIABLE, "1")
        .envs(way.variables.iter().copied())
        .envs(way.jail.map(|jail| (JAIL, jail)))
        .stdin(Stdio::null());
    command
}

/// Removes mount points. This fails if mounts on them are still visible.
fn remove_mount_points(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        let _ = fs::remove_dir(&path).or_else(|_| fs::remove_file(&path));
    }
    let _ = fs::remove_dir(directory);
}

pub(crate) fn run(way: Way, ordinary: bool) -> Transcript {
    let mut command = command(way, ordinary);
    command.arg("--test-threads=1");
    Transcript::of(&mut command)
}

pub(crate) fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("output/refusals/golden/{name}.txt"))
}

/// Compares with the golden file. For root, `user(host)` and the size of a limit differ.
pub(crate) fn has_its_words(name: &str, mut way: Way, ordinary: bool) -> Check {
    if way.arguments.is_empty() {
        way.arguments = &["--skip=host_net"];
    }
    let who = if ordinary { "user" } else { "own" };
    let root = env::temp_dir().join(format!("ns-test-root-{name}-{who}-{}", process::id()));
    let mut command = command(way, ordinary);
    let transcript = Transcript::of(command.arg("--test-threads=1").env("ROOT", &root));
    if way.makes_root() {
        remove_mount_points(&root);
    }
    let text = transcript.text.lines().map(without_limit);
    let text = text.fold(String::new(), |all, line| all + &line + "\n");
    golden::compare(&file(name), &without_security_modules(&text)?)
}

/// Removes the list of the kernel's security modules, which must follow the cause wherever it can
/// be read. The golden files come from a machine where it can't.
fn without_security_modules(text: &str) -> Result<String, Failed> {
    const CAUSE: &str = "cause: a Linux security module forbids the operation\n";
    let modules = fs::read_to_string("/sys/kernel/security/lsm").unwrap_or_default();
    if modules.is_empty() {
        return Ok(text.to_owned());
    }
    let named = format!("{CAUSE}        evidence: /sys/kernel/security/lsm is {modules}\n");
    match text.matches(&named).count() == text.matches(CAUSE).count() {
        true => Ok(text.replace(&named, CAUSE)),
        false => {
            Err(format!("not every cause is followed by the modules {modules}:\n{text}").into())
        }
    }
}

fn without_limit(line: &str) -> String {
    match line.split_once("_namespaces = ") {
        Some((before, number)) if number != "0" && !before.contains("remedy") => {
            format!("{before}_namespaces = LIMIT")
        }
        _ => line.to_owned(),
    }
}

/// Runs one test as an ordinary user with a resource limit of `prlimit(1)`.
pub(crate) fn limited(limit: &str) -> Transcript {
    let way = PLAIN.with(SKIP).only(&["fixtures::mount", "--exact"]);
    let plain = command(way, true);
    let words: Vec<_> = [plain.get_program()]
        .into_iter()
        .chain(plain.get_args())
        .collect();
    // Behind setpriv, which itself needs a few descriptors.
    let (before, binary) = words.split_at(words.len() - 3);
    let mut words: Vec<_> = before.to_vec();
    words.extend(["prlimit", limit].map(OsStr::new));
    words.extend(binary);
    let mut limited = Command::new(words[0]);
    limited.args(&words[1..]);
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    Transcript::of(limited.stdin(Stdio::null()))
}
