//! From a test to the host.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use libtest_mimic::{Completion, Trial};
use ns_test_suite::fixture::{Check, Transcript, eventually, with_overlays, with_time};
use ns_test_suite::{host, raw};

use crate::names;
use crate::stage::Stage;

pub(crate) fn checks() -> Vec<Trial> {
    let stay_inside = OBJECTS.iter().map(|object| {
        Trial::test(format!("stay_inside::{}", object.what), || {
            stays_inside(object)
        })
    });
    let stay = [
        ("names", host_names_stay as fn() -> Check),
        ("interfaces", interfaces_stay),
        ("sysctls", sysctls_stay),
        ("sysctls_that_real_root_owns", sysctls_of_all_stay),
        ("overlaid_directories", overlaid_directories_stay),
        ("roots", roots_stay),
        ("cgroups", cgroups_stay),
    ]
    .map(|(what, check)| match what {
        "interfaces" if !host::has_program("ip") => {
            Trial::ignorable_test("stay::interfaces", || {
                Ok(Completion::ignored_with("iproute2 is not installed"))
            })
        }
        "roots" => with_time("stay::roots", check),
        "overlaid_directories" => with_overlays("stay::overlaid_directories", check),
        _ => Trial::test(format!("stay::{what}"), check),
    });
    stay_inside.chain(stay).collect()
}

/// Objects that a test creates and that other processes could see.
struct Object {
    what: &'static str,
    /// The fixture that creates it.
    test: &'static str,
    /// Whether the host has the object of this name.
    is_seen: fn(&str) -> bool,
}

const OBJECTS: &[Object] = &[
    Object {
        what: "system_v_memory",
        test: "system_v",
        is_seen: |word| has_key("shm", word),
    },
    Object {
        what: "system_v_semaphores",
        test: "system_v",
        is_seen: |word| has_key("sem", word),
    },
    Object {
        what: "system_v_queues",
        test: "system_v",
        is_seen: |word| has_key("msg", word),
    },
    Object {
        what: "posix_memory",
        test: "posix",
        is_seen: |word| Path::new("/dev/shm").join(word).exists(),
    },
    Object {
        what: "posix_semaphores",
        test: "posix",
        is_seen: |word| Path::new("/dev/shm").join(format!("sem.{word}")).exists(),
    },
    Object {
        what: "posix_queues",
        test: "posix",
        is_seen: |word| raw::has_posix_queue(&names::posix(word)),
    },
    Object {
        what: "files_in_tmp",
        test: "tmp",
        is_seen: |word| Path::new("/tmp").join(word).exists(),
    },
    Object {
        what: "abstract_sockets",
        test: "sockets",
        is_seen: |word| text("/proc/net/unix").contains(&format!("@{word}\n")),
    },
];

fn stays_inside(object: &Object) -> Check {
    let stage = Stage::new(object.what)?;
    let word = stage.word();
    let seen = |of: &str| {
        let test = format!("objects::{of}_{}", object.test);
        stage.look(&test, || (object.is_seen)(&word))
    };
    assert_eq!(
        seen("host")?,
        [true, false],
        "the look would see it, during and after"
    );
    assert_eq!(seen("own")?, [false, false], "during and after");
    Ok(())
}

/// Returns whether this table of System V objects has one with the stage's key.
fn has_key(table: &str, word: &str) -> bool {
    let key = names::key(word).to_string();
    let table = text(&format!("/proc/sysvipc/{table}"));
    table
        .lines()
        .any(|line| line.split_whitespace().next() == Some(&key))
}

fn text(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn stays<T: PartialEq + std::fmt::Debug>(test: &str, look: impl Fn() -> T) -> Check {
    let stage = Stage::new(test)?;
    let before = look();
    let [during, after] = stage.look(&format!("settings::{test}"), &look)?;
    assert_eq!(during, before, "during the test");
    assert_eq!(after, before, "after the test");
    Ok(())
}

fn host_names_stay() -> Check {
    stays("host_names", || {
        ["hostname", "domainname"].map(|name| text(&format!("/proc/sys/kernel/{name}")))
    })
}

fn interfaces_stay() -> Check {
    stays("interfaces", host::interfaces)
}

fn sysctls_stay() -> Check {
    let keys = [
        "net/ipv4/conf/all/forwarding",
        "net/ipv4/ip_forward",
        "net/ipv4/ip_default_ttl",
        "net/ipv4/ip_local_port_range",
    ];
    stays("sysctls", || {
        keys.map(|key| text(&format!("/proc/sys/{key}")))
    })
}

fn sysctls_of_all_stay() -> Check {
    let path = "/proc/sys/vm/swappiness";
    let before = text(path);
    let stage = Stage::new("sysctls_of_all")?;
    let [during, after] = stage.look("settings::sysctls_of_all", || text(path))?;
    if after != before {
        fs::write(path, &before)?;
    }
    assert_eq!([&during, &after], [&before; 2], "during and after the test");
    Ok(())
}

fn overlaid_directories_stay() -> Check {
    let stage = Stage::new("lower")?;
    let tree = stage.path("tree");
    plant(&tree)?;
    let before = everything_below(&tree)?;
    let [during, after] = stage.look("lower", || everything_below(&tree))?;
    assert_eq!(during?, before, "during the test");
    assert_eq!(after?, before, "after the test");
    Ok(())
}

fn roots_stay() -> Check {
    let stage = Stage::new("root")?;
    let tree = stage.path("tree");
    plant(&tree)?;
    let before = everything_below(&tree)?;
    Transcript::of(&mut stage.command("root")).passed(1)?;
    assert_eq!(everything_below(&tree)?, before);
    Ok(())
}

fn plant(tree: &Path) -> io::Result<()> {
    for directory in ["proc", "tmp", "etc", "data/deep"] {
        fs::create_dir_all(tree.join(directory))?;
    }
    for file in ["file", "old", "doomed", "etc/hosts"] {
        fs::write(tree.join(file), "content")?;
    }
    Ok(())
}

/// Returns everything that a write changes. Access times are left out, because reading is not a
/// leak.
fn everything_below(tree: &Path) -> io::Result<BTreeMap<PathBuf, String>> {
    let mut all = BTreeMap::new();
    let mut waiting = vec![tree.to_owned()];
    while let Some(path) = waiting.pop() {
        let facts = fs::symlink_metadata(&path)?;
        let text = if facts.is_dir() {
            for entry in fs::read_dir(&path)? {
                waiting.push(entry?.path());
            }
            String::new()
        } else {
            fs::read_to_string(&path)?
        };
        let numbers = [facts.ino(), facts.nlink(), facts.mode().into(), facts.len()];
        let changed = (
            facts.mtime(),
            facts.mtime_nsec(),
            facts.ctime(),
            facts.ctime_nsec(),
        );
        all.insert(path, format!("{numbers:?} {changed:?} {text}"));
    }
    Ok(all)
}

fn cgroups_stay() -> Check {
    // The cgroups that ns-test makes have names of this form.
    let ours = || -> BTreeSet<PathBuf> {
        let all = directories_below(Path::new("/sys/fs/cgroup"), 4).into_iter();
        all.filter(|path| {
            let name = path.file_name().unwrap_or_default();
            name.to_string_lossy().starts_with("ns-test-")
        })
        .collect()
    };
    let before = ours();
    for test in ["cgroups", "cgroups_of_limits"] {
        let stage = Stage::new(test)?;
        let held = stage.hold(&mut stage.command(&format!("cgroups::{test}")))?;
        held.passes(1)?;
    }
    let left = || ours().difference(&before).cloned().collect::<Vec<_>>();
    if !eventually(|| left().is_empty()) {
        let left = left();
        left.iter()
            .rev()
            .for_each(|path| drop(fs::remove_dir(path)));
        return Err(format!("{left:?} are left").into());
    }
    Ok(())
}

/// Returns the directories below this one, up to this many levels deep.
pub(crate) fn directories_below(directory: &Path, levels: u32) -> Vec<PathBuf> {
    if levels == 0 {
        return Vec::new();
    }
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let directories = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    directories
        .flat_map(|entry| {
            let mut all = vec![entry.path()];
            all.extend(directories_below(&entry.path(), levels - 1));
            all
        })
        .collect()
}
