//! Resources that are really used up: disks without blocks or inodes, files, sizes of files, kinds
//! of namespaces, keys. A test that needs one fails and names the remedy, and is never ignored. A
//! test that needs none runs.
//!
//! Two resources are missing here: ENFILE, because fs.file-max applies to the whole machine, and
//! disk quotas, which need a separate file system. `runtime/src/error/errnos_of_steps.rs` checks
//! their remedies.

use std::env;
use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, ExitCode};

use libtest_mimic::{Completion, Failed, Trial};
use ns_test::{Harness, Sandbox, ns_test};
use ns_test_suite::fixture::{self, Check, Transcript};
use ns_test_suite::{host, raw};

/// Set if the fixture uses up its user's keys first.
const KEYS: &str = "NS_TEST_SUITE_KEYS";

fn main() -> ExitCode {
    if env::var_os(KEYS).is_some() {
        use_up_keys();
    }
    fixture::main(run, || {
        let mut trials = Vec::new();
        for (name, check) in CHECKS {
            for (who, ordinary) in [("as_is", false), ("as_a_user", true)] {
                trials.push(Trial::test(format!("{who}::{name}"), move || {
                    check(ordinary)
                }));
            }
        }
        trials.push(Trial::ignorable_test("keys", keys));
        trials
    })
}

type CheckFunction = fn(bool) -> Check;

const CHECKS: &[(&str, CheckFunction)] = &[
    ("blocks_of_the_store", blocks_of_the_store),
    ("inodes_of_the_store", inodes_of_the_store),
    ("the_whole_store", the_whole_store),
    ("temporary_directory", temporary_directory),
    ("size_of_files", size_of_files),
    ("open_files", open_files),
    ("namespaces_that_return", namespaces_that_return),
    (
        "namespaces_that_do_not_return",
        namespaces_that_do_not_return,
    ),
    ("a_machine_without_etc_hosts", without_etc_hosts),
];

#[ns_test]
fn bare() {}

#[ns_test(net)]
fn net() {}

#[ns_test(mount, uts(hostname = "db1"))]
fn named() {
    let hosts = fs::read_to_string("/etc/hosts");
    let missing = hosts.expect_err("the machine has no /etc/hosts");
    assert_eq!(missing.kind(), io::ErrorKind::NotFound);
}

fn run() -> ExitCode {
    let sandbox = Sandbox::new().tmpfs("/srv");
    let sandbox = sandbox.prepared("/srv/data", |directory: &Path| {
        fs::write(directory.join("data"), [b'x'; 5000])
    });
    Harness::new()
        .trial("prepared", sandbox, || {
            fs::metadata("/srv/data/data").map(drop)
        })
        .run()
}

/// Runs one test as root of a user namespace, after a shell script. Refusals may be ignored there,
/// and a used-up resource is not a refusal.
fn after(script: &str, test: &str, ordinary: bool) -> Result<Transcript, Failed> {
    let mut words = Vec::new();
    if ordinary && host::is_real_root() {
        words.extend("setpriv --reuid=65534 --regid=65534 --clear-groups".split(' '));
        words.push("--inh-caps=-all");
    }
    words.extend(["unshare", "-Urm", "sh", "-ec"]);
    let mut command = Command::new(words.remove(0));
    command
        .args(words)
        .arg(format!("{script}\nexec \"$0\" \"$@\""))
        .arg(env::current_exe()?)
        .args([test, "--exact"])
        .env(fixture::VARIABLE, "1");
    fixture::forget_wishes(&mut command);
    command.env("NS_TEST_REFUSED", "skip");
    Ok(Transcript::of(&mut command))
}

/// Puts the store of prepared directories on a tmpfs with these options.
fn on_a_small_disk(options: &str, then: &str, ordinary: bool) -> Result<Transcript, Failed> {
    let script = format!(
        "mount -t tmpfs -o mode=700,{options} none /mnt
         export NS_TEST_PREPARE_DIR=/mnt
         {then}"
    );
    after(&script, "prepared", ordinary)
}

/// Tries sizes from too small to sufficient: each run passes, or fails with the words.
fn small_disks(option: fn(u32) -> String, ordinary: bool) -> Check {
    let (mut passed, mut failed) = (0, 0);
    for size in 2..24 {
        let run = on_a_small_disk(&option(size), "", ordinary)?;
        if run.passed(1).is_ok() {
            passed += 1;
            continue;
        }
        run.failed_with("o space left on device")?;
        // The function of the preparation writes, too, and has its own message.
        let is_of_function = run.text.contains("which prepares /srv/data");
        run.verify(
            is_of_function || run.text.contains("no space is left on that file system"),
            "the remedy",
        )?;
        failed += 1;
    }
    match passed > 0 && failed > 0 {
        true => Ok(()),
        false => Err(format!("{passed} passed, {failed} failed").into()),
    }
}

fn blocks_of_the_store(ordinary: bool) -> Check {
    small_disks(|pages| format!("size={}k", pages * 4), ordinary)
}

fn inodes_of_the_store(ordinary: bool) -> Check {
    small_disks(|inodes| format!("nr_inodes={inodes}"), ordinary)
}

fn the_whole_store(ordinary: bool) -> Check {
    let fill = "cat /dev/zero > /mnt/fill 2> /dev/null || true";
    let run = on_a_small_disk("size=64k", fill, ordinary)?;
    run.failed_with("open(/mnt/CACHEDIR.TAG): ENOSPC (no space left on device)")?;
    run.failed_with("no space is left on that file system")
}

/// Checks that a full temporary directory has no effect: a test has a /tmp of its own, and its
/// `TMPDIR` is there.
fn temporary_directory(ordinary: bool) -> Check {
    let script = "mount -t tmpfs -o size=16k,nr_inodes=3 none /mnt
        cat /dev/zero > /mnt/fill 2> /dev/null || true
        export TMPDIR=/mnt";
    after(script, "bare", ordinary)?.passed(1)?;
    after(&script.replace("/mnt", "/tmp"), "bare", ordinary)?.passed(1)
}

/// Checks a limit on the size of files. A harness with its own `main` needs no file.
fn size_of_files(ordinary: bool) -> Check {
    after("ulimit -f 0", "bare", ordinary)?.passed(1)
}

fn open_files(ordinary: bool) -> Check {
    let run = after("ulimit -n 7", "bare", ordinary)?;
    run.verify(run.text.contains("EMFILE"), "EMFILE")?;
    run.verify(run.text.contains("raise `ulimit -n`"), "the remedy")?;
    run.verify(run.code == Some(101), "a failure")
}

/// Returns a script whose processes use up the network namespaces for this many seconds.
fn in_use(seconds: u32) -> String {
    format!(
        "echo 2 > /proc/sys/user/max_net_namespaces
         for one in 1 2; do
             mkfifo /tmp/ready-$$-$one
             unshare --net sh -c 'echo > \"$0\"; exec sleep {seconds} > /dev/null 2>&1' /tmp/ready-$$-$one &
             read -r _ < /tmp/ready-$$-$one
             rm /tmp/ready-$$-$one
         done"
    )
}

/// Checks without the variable that makes the harness examine the machine before any test.
fn namespaces_that_return(ordinary: bool) -> Check {
    let script = format!("{}; unset NS_TEST_REFUSED", in_use(2));
    after(&script, "net", ordinary)?.passed(1)
}

/// Checks that a limit which stays reached is a refusal: a machine's limit may be too low.
fn namespaces_that_do_not_return(ordinary: bool) -> Check {
    let run = after(&in_use(15), "net", ordinary)?;
    run.verify(
        run.text.contains("0 passed; 0 failed; 1 ignored"),
        "ignored",
    )?;
    let cause = "user.max_net_namespaces = 2";
    run.verify(run.text.contains(cause), cause)
}

/// Checks a machine without /etc/hosts. The test runs: there is nothing to add its name to, and
/// ns-test makes no file on the host's disk.
fn without_etc_hosts(ordinary: bool) -> Check {
    after("mount -t tmpfs none /etc", "named", ordinary)?.passed(1)
}

/// Checks EDQUOT: the test starts with a session keyring of its own, which counts.
fn keys() -> Result<Completion, Failed> {
    if !host::is_real_root() {
        return Ok(Completion::ignored_with(
            "it would use up the keys of this user's other processes",
        ));
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=54322", "--regid=54322", "--clear-groups"])
        .arg("--inh-caps=-all")
        .arg(env::current_exe()?)
        .args(["bare", "--exact"])
        .env(fixture::VARIABLE, "1")
        .env(KEYS, "1");
    fixture::forget_wishes(&mut command);
    let run = Transcript::of(&mut command);
    run.failed_with("EDQUOT")?;
    run.failed_with("this user has too many keys: raise the sysctl kernel.keys.maxkeys")?;
    Ok(Completion::Completed)
}

fn use_up_keys() {
    raw::join_session_keyring().expect("the user has keys left");
    let full = (0..1_000_000)
        .find_map(|number| raw::add_key(&format!("key-{number}"), raw::SESSION_KEYRING).err());
    let full = full.and_then(|error| error.raw_os_error());
    assert_eq!(full, Some(libc::EDQUOT), "the quota is not used up");
}
