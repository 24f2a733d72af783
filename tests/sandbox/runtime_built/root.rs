//! `mount(root = ..)`: a minimal root that is built here.

use std::fs;
use std::path::{Path, PathBuf};

use ns_test::{Harness, Sandbox};
use ns_test_suite::{host, raw};

/// Builds a root with only mount points and a file.
pub(crate) fn build() -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("root-{}", std::process::id()));
    for directory in ["proc", "sys", "tmp", "etc", "dev/shm", "dev/mqueue", "data"] {
        fs::create_dir_all(root.join(directory)).expect("the target directory can be written");
    }
    fs::write(root.join("etc/hosts"), "127.0.0.1\tlocalhost\n").expect("the directory is new");
    root
}

pub(crate) fn remove(root: &Path) {
    fs::remove_dir_all(root).expect("nothing of it is in use");
}

pub(crate) fn trials(harness: Harness, root: &Path) -> Harness {
    let path = root.display().to_string();
    let inside = || Sandbox::new().root(path.clone());
    let all = Sandbox::all()
        .root(path.clone())
        .hostname("tiny")
        .tmpfs("/data");
    let bound = inside()
        .bind(env!("CARGO_MANIFEST_DIR"), "/data")
        .cwd("/data");
    harness
        .trial("root::is_all_there_is", inside(), is_all_there_is)
        .trial("root::with_all_namespaces", all, with_all_namespaces)
        .trial(
            "root::with_something_of_the_host",
            bound,
            with_something_of_the_host,
        )
        .trial("root::namespaces_nest_in_it", inside(), || {
            raw::unshare(libc::CLONE_NEWUSER)
        })
}

fn names(directory: &str) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("it is there");
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

fn is_all_there_is() {
    assert_eq!(names("/"), ["data", "dev", "etc", "proc", "sys", "tmp"]);
    assert_eq!(names("/.."), names("/"));
    assert_eq!(
        std::env::current_dir().expect("it is there"),
        Path::new("/")
    );
    assert_eq!(names("/tmp"), Vec::<String>::new());
    fs::write("/tmp/file", "x").expect("/tmp is private");
}

fn with_all_namespaces() {
    let mounts = fs::read_to_string("/proc/self/mountinfo").expect("/proc is mounted");
    let mut points: Vec<&str> = mounts
        .lines()
        .filter_map(|line| line.split(' ').nth(4))
        .collect();
    points.sort_unstable();
    points.dedup();
    for point in [
        "/",
        "/data",
        "/dev/mqueue",
        "/dev/shm",
        "/etc/hosts",
        "/proc",
        "/sys",
        "/sys/fs/cgroup",
        "/tmp",
    ] {
        assert!(points.contains(&point), "{point} is missing in {points:?}");
    }
    let mut interfaces = names("/sys/class/net");
    interfaces.retain(|name| !host::is_fallback(name));
    assert_eq!(interfaces, ["lo"]);
    assert_eq!(
        fs::read_to_string("/etc/hosts").expect("it is there"),
        "127.0.0.1\ttiny\n::1\ttiny\n127.0.0.1\tlocalhost\n"
    );
    assert!(
        fs::write("/proc/sys/vm/swappiness", "60").is_err(),
        "the host's settings are out of reach here too"
    );
    raw::posix_queue("/listed").expect("a queue");
    assert_eq!(names("/dev/mqueue"), ["listed"]);
}

fn with_something_of_the_host() {
    assert!(names(".").contains(&"Cargo.toml".to_owned()));
}
