//! The tests that create objects which could leak, or look for leaked ones. Only the checks run
//! them, in a child.
//!
//! `own_..` have the namespace in question. `host_..` do the same without it, and clean up.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::net::TcpListener;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};
use std::{env, io};

use ns_test::{Harness, Sandbox, ns_test};
use ns_test_suite::{host, raw};

use crate::collisions::NAME;
use crate::names;
use crate::outwards::directories_below;
use crate::stage::{here, hold_here, word_here};

/// A harness with open descriptors that no test may inherit. It prints its own clock.
pub(crate) fn main() -> ExitCode {
    let begin = Instant::now();
    let _kept = open_descriptors().expect("nothing is in the way");
    let tree = here().join("tree").display().to_string();
    let code = Harness::new()
        .trial("fixtures::lower", Sandbox::new().overlay(&tree), lower)
        .trial("fixtures::root", all_inside(&tree), root)
        .run();
    assert!(
        begin.elapsed() < Duration::from_secs(3600),
        "its clock was set"
    );
    code
}

/// Files and sockets, each once as std opens them and once inheritable.
fn open_descriptors() -> io::Result<Vec<OwnedFd>> {
    let mut kept: Vec<OwnedFd> = vec![
        File::open("/dev/zero")?.into(),
        TcpListener::bind("127.0.0.1:0")?.into(),
        UnixStream::pair()?.0.into(),
    ];
    for number in 0..kept.len() {
        kept.push(raw::dup(kept[number].as_fd())?);
    }
    Ok(kept)
}

#[ns_test(ipc)]
fn own_system_v() {
    system_v();
}

#[ns_test(user)]
fn host_system_v() {
    system_v();
    let key = names::key(&word_here()).to_string();
    let removed = Command::new("ipcrm")
        .args(["-M", &key, "-S", &key, "-Q", &key])
        .status()
        .expect("ipcrm runs");
    assert!(removed.success());
}

fn system_v() {
    let key = names::key(&word_here());
    raw::shared_memory(key, true).expect("the key is free");
    raw::semaphores(key, true).expect("the key is free");
    raw::message_queue(key, true).expect("the key is free");
    hold_here();
}

#[ns_test(ipc)]
fn own_posix() {
    posix();
}

#[ns_test(user)]
fn host_posix() {
    posix();
    let word = word_here();
    fs::remove_file(format!("/dev/shm/{word}")).expect("it is ours");
    fs::remove_file(format!("/dev/shm/sem.{word}")).expect("it is ours");
    raw::remove_posix_queue(&names::posix(&word)).expect("it is ours");
}

fn posix() {
    let name = names::posix(&word_here());
    let c_name = std::ffi::CString::new(name.clone()).expect("no NUL in it");
    raw::posix_memory(&name).expect("the name is free");
    raw::posix_semaphore(&c_name).expect("the name is free");
    raw::posix_queue(&name).expect("the name is free");
    hold_here();
}

#[ns_test(mount)]
fn own_tmp() {
    tmp();
}

#[ns_test(mount(tmp = "host"))]
fn host_tmp() {
    tmp();
    fs::remove_file(Path::new("/tmp").join(word_here())).expect("it is ours");
}

fn tmp() {
    File::create_new(Path::new("/tmp").join(word_here())).expect("the name is free");
    hold_here();
}

#[ns_test(net)]
fn own_sockets() {
    sockets();
}

#[ns_test(user)]
fn host_sockets() {
    sockets();
}

fn sockets() {
    let address = SocketAddr::from_abstract_name(word_here()).expect("it is short enough");
    let _listener = UnixListener::bind_addr(&address).expect("the name is free");
    hold_here();
}

/// Returns the host's objects of one name that are visible here.
fn objects_of_the_host() -> Vec<&'static str> {
    let word = word_here();
    let address = SocketAddr::from_abstract_name(&word).expect("it is short enough");
    let objects = [
        (
            "shared memory",
            raw::shared_memory(names::key(&word), false).is_ok(),
        ),
        ("/dev/shm", Path::new("/dev/shm").join(&word).exists()),
        ("queue", raw::has_posix_queue(&names::posix(&word))),
        ("/tmp", Path::new("/tmp").join(&word).exists()),
        ("socket", UnixStream::connect_addr(&address).is_ok()),
    ];
    let seen = objects.into_iter().filter(|(_, seen)| *seen);
    seen.map(|(name, _)| name).collect()
}

#[ns_test]
fn own_objects() {
    assert_eq!(objects_of_the_host(), Vec::<&str>::new());
}

#[ns_test(user)]
fn host_objects() {
    let all = ["shared memory", "/dev/shm", "queue", "/tmp", "socket"];
    assert_eq!(objects_of_the_host(), all);
}

#[ns_test(uts(hostname = "ns-test-inside", domainname = "ns-test-inside"))]
fn host_names() {
    let read = |name| fs::read_to_string(Path::new("/proc/sys/kernel").join(name));
    for name in ["hostname", "domainname"] {
        assert_eq!(read(name).expect("it is there"), "ns-test-inside\n");
    }
    raw::set_host_name("ns-test-later").expect("it is our own");
    raw::set_domain_name("ns-test-later").expect("it is our own");
    hold_here();
}

#[ns_test(mount(tmpfs = "/srv", ro = "/usr", overlay = "/etc"))]
fn mounts() {
    mount_here();
}

#[ns_test(mount(propagation = "slave"))]
fn mounts_as_slave() {
    mount_here();
}

#[ns_test(user(host), mount)]
fn mounts_of_real_root() {
    mount_here();
}

#[ns_test(user(host), mount(propagation = "slave"))]
fn mounts_as_slave_of_real_root() {
    mount_here();
}

fn mount_here() {
    raw::mount(&word_here(), "/mnt", "tmpfs", 0).expect("we are root here");
    assert!(has_mount(&word_here()));
    hold_here();
}

fn has_mount(source: &str) -> bool {
    let source = format!(" {source} ");
    host::mounts().iter().any(|mount| mount.contains(&source))
}

#[ns_test(mount)]
fn private_mounts() {
    gets_mount(false);
}

#[ns_test(mount(propagation = "slave"))]
fn slave_mounts() {
    gets_mount(true);
}

#[ns_test(mount(propagation = "slave", tmpfs = "/srv"), net, pid, ipc)]
fn slave_mounts_beside_others() {
    gets_mount(true);
}

#[ns_test(user(host), mount)]
fn private_mounts_of_real_root() {
    gets_mount(false);
}

#[ns_test(user(host), mount(propagation = "slave"))]
fn slave_mounts_of_real_root() {
    gets_mount(true);
}

fn gets_mount(expected: bool) {
    assert!(!has_mount(&word_here()), "it does not exist yet");
    hold_here();
    assert_eq!(has_mount(&word_here()), expected);
}

#[ns_test(net)]
fn interfaces() {
    let name = names::interface(&word_here());
    let made = Command::new("ip")
        .args(["link", "add", &name, "type", "veth"])
        .status()
        .expect("ip runs");
    assert!(made.success());
    assert!(host::interfaces().contains(&name));
    hold_here();
}

#[ns_test(net(sysctl("ipv4.conf.all.forwarding", 1)), ipc, pid)]
fn sysctls() {
    change("net/ipv4/ip_default_ttl");
    change("net/ipv4/ip_local_port_range");
    hold_here();
}

/// Sets it to a value different from the current one.
fn change(key: &str) {
    let path = Path::new("/proc/sys").join(key);
    let read = || fs::read_to_string(&path).expect("it is there");
    let before = read();
    let number: u32 = before
        .split_whitespace()
        .next()
        .and_then(|word| word.parse().ok())
        .expect("it is a number");
    let rest: Vec<&str> = before.split_whitespace().skip(1).collect();
    let value = format!("{} {}", number + 1, rest.join(" "));
    // In one call, as the kernel requires.
    fs::write(&path, value.trim()).expect("it is our own");
    assert_ne!(read(), before);
}

/// For real root, which owns them: as far as it can.
#[ns_test(net, ipc, uts, cgroup, pid)]
fn sysctls_of_all() {
    let path = Path::new("/proc/sys/vm/swappiness");
    let before = fs::read_to_string(path).expect("it is there");
    let other = if before.trim() == "61" { "62" } else { "61" };
    let _ = fs::write(path, other);
    hold_here();
}

fn lower() {
    let tree = here().join("tree");
    OpenOptions::new()
        .append(true)
        .open(tree.join("file"))
        .and_then(|mut file| file.write_all(b" and more"))
        .expect("it is writable here");
    fs::rename(tree.join("old"), tree.join("new")).expect("it is writable here");
    fs::remove_file(tree.join("doomed")).expect("it is writable here");
    fs::create_dir(tree.join("proc/more")).expect("it is writable here");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(tree.join("file"), mode).expect("it is writable here");
    hold_here();
    let text = fs::read_to_string(tree.join("file")).expect("it is there");
    assert_eq!(text, "content and more");
}

/// The tree has mount points for only half of it.
fn all_inside(tree: &str) -> Sandbox {
    Sandbox::all()
        .root(tree)
        .hostname("lab")
        .tmpfs("/data/deep")
}

fn root() {
    assert!(!has_mount(&word_here()), "it is another tree");
    fs::write("/tmp/file", "x").expect("it is ours");
    fs::write("/data/deep/file", "x").expect("it is ours");
}

#[ns_test(user, env("NS_TEST_SUITE_SET", "1"), cwd = "/usr", limit(files = 64))]
fn neighbours_1_change_everything() {
    assert_eq!(env::var("NS_TEST_SUITE_SET").as_deref(), Ok("1"));
    assert_eq!(env::current_dir().expect("it is there"), Path::new("/usr"));
    assert_eq!(raw::limit(libc::RLIMIT_NOFILE), 64);
}

#[ns_test(user)]
fn neighbours_2_see_nothing_of_it() {
    assert!(env::var_os("NS_TEST_SUITE_SET").is_none());
    assert_eq!(env::current_dir().expect("it is there"), here());
    let files = raw::limit(libc::RLIMIT_NOFILE).to_string();
    assert_eq!(env::var("NS_TEST_SUITE_FILES"), Ok(files));
}

#[ns_test(user)]
fn variables_come_along() {
    assert!(env::var_os("NS_TEST_SUITE_SECRET").is_some());
}

#[ns_test(user, env(clear), env("NS_TEST_SUITE_SET", "1"))]
fn variables_are_cleared() {
    let all: Vec<_> = env::vars().collect();
    assert_eq!(all, [("NS_TEST_SUITE_SET".into(), "1".into())]);
    let child = Command::new("/usr/bin/env").output().expect("env runs");
    assert_eq!(child.stdout, b"NS_TEST_SUITE_SET=1\n");
}

#[ns_test(time(uptime = "+365d"), timeout = "100s")]
fn clocks_1_are_a_year_ahead() {
    let year = Duration::from_secs(365 * 86_400);
    assert!(raw::clock(libc::CLOCK_BOOTTIME) > year);
    assert!(raw::clock(libc::CLOCK_MONOTONIC) > year);
    hold_here();
}

#[ns_test(user)]
fn clocks_2_are_the_hosts() {
    let own = fs::read_link("/proc/self/ns/time").expect("the kernel has them");
    let hosts = env::var_os("NS_TEST_SUITE_TIME").expect("the check says so");
    assert_eq!(own.as_os_str(), hosts);
}

/// The result pages of its own worker are the only memory that it shares with other processes.
#[ns_test(user)]
fn maps_only_its_own_pages() {
    let maps = fs::read_to_string("/proc/self/maps").expect("/proc is there");
    let shared = maps.lines().filter(|line| line.contains(" rw-s "));
    assert_eq!(shared.count(), 1, "{maps}");
}

#[ns_test(pid)]
fn descriptors_with_pid() {
    has_standard_descriptors();
    let of_init = descriptors("/proc/1/fd");
    // It has pipes of its own.
    assert!(!of_init.is_empty());
    let foreign = |link: &&String| link.starts_with("socket:") || *link == "/dev/zero";
    assert_eq!(of_init.values().find(foreign), None, "{of_init:?}");
}

#[ns_test(user)]
fn descriptors_without_pid() {
    has_standard_descriptors();
}

fn has_standard_descriptors() {
    let all = descriptors("/proc/self/fd");
    assert!(all.keys().eq(["0", "1", "2"]), "{all:?}");
}

/// Returns the open descriptors of a process, except the one that reads this.
fn descriptors(directory: &str) -> BTreeMap<String, String> {
    let entries = fs::read_dir(directory).expect("/proc shows them");
    let links = entries.filter_map(|entry| {
        let entry = entry.ok()?;
        let link = fs::read_link(entry.path()).ok()?;
        Some((
            entry.file_name().into_string().ok()?,
            link.display().to_string(),
        ))
    });
    links.filter(|(_, link)| !link.ends_with("/fd")).collect()
}

#[ns_test(cgroup, mount)]
fn cgroups() {
    let word = word_here();
    // Refused everywhere except in a namespace of the test's own.
    let top = Path::new("/sys/fs/cgroup");
    for directory in directories_below(top, 3)
        .iter()
        .map(PathBuf::as_path)
        .chain([top])
    {
        let _ = fs::create_dir(directory.join(&word));
    }
    hold_here();
}

#[ns_test(cgroup, mount, limit(processes = 64))]
fn cgroups_of_limits() {
    hold_here();
}

#[ns_test(mount)]
fn own_lock_file() {
    File::create_new("/tmp/lock").expect("nobody else has it");
    hold_here();
}

/// musl stores semaphores in the directory of shared memory, so all names must differ.
#[ns_test(ipc)]
fn own_ipc_names() {
    const KEY: i32 = 0x6e73;
    raw::shared_memory(KEY, true).expect("nobody has this segment");
    raw::semaphores(KEY, true).expect("nobody has these semaphores");
    raw::message_queue(KEY, true).expect("nobody has this queue");
    raw::posix_queue("/ns-test").expect("nobody has this queue");
    raw::posix_memory("/ns-test").expect("nobody has this memory");
    raw::posix_semaphore(c"/ns-test-semaphore").expect("nobody has this semaphore");
    hold_here();
}

#[ns_test(net)]
fn own_port() {
    let _listener = TcpListener::bind("127.0.0.1:80").expect("nobody else has it");
    hold_here();
}

#[ns_test(net)]
fn own_abstract_socket() {
    hold_an_abstract_socket();
}

#[ns_test(user)]
fn host_abstract_socket() {
    hold_an_abstract_socket();
}

fn hold_an_abstract_socket() {
    let name = env::var(NAME).expect("the check has set it");
    let name = SocketAddr::from_abstract_name(name).expect("a name");
    let _listener = UnixListener::bind_addr(&name).expect("nobody else has it");
    hold_here();
}
