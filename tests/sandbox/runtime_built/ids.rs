//! `user(ids = ..)`: several users in one sandbox.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::process::Command;

use ns_test::{Harness, Sandbox};
use ns_test_suite::raw;

pub(crate) fn trials(harness: Harness) -> Harness {
    let several = || Sandbox::new().user_auto().mount().pid();
    harness
        .trial(
            "ids::chown_setgroups_setuid",
            several(),
            chown_setgroups_setuid,
        )
        .trial("ids::files_of_others", several(), files_of_others)
        .trial("ids::become", several().user_become(1000), || {
            becomes(1000, true);
        })
        .trial(
            "ids::become_without_capabilities",
            several().user_become(7).user_without_capabilities(),
            || becomes(7, false),
        )
        .trial(
            "ids::ping",
            several()
                .net()
                .user_become(1000)
                .user_without_capabilities(),
            raw::ping,
        )
}

/// Adds the trials of maps that list their ranges.
pub(crate) fn range_trials(harness: Harness) -> Harness {
    harness
        .trial(
            "ids::ranges",
            Sandbox::new()
                .user_range(0, 100_000, 10)
                .user_range(1000, 100_010, 1)
                .mount(),
            ranges,
        )
        .trial(
            "ids::gids_apart",
            Sandbox::new()
                .user_range(0, 100_000, 2)
                .user_gid_range(0, 100_005, 1)
                .user_gid_range(50, 100_006, 3)
                .mount(),
            gids_apart,
        )
        .trial(
            "ids::the_caller_next_to_ranges",
            Sandbox::new()
                .user_caller(0)
                .user_range(1, 100_000, 10)
                .mount(),
            the_caller_next_to_ranges,
        )
        .trial(
            "ids::the_caller_as_another_group",
            Sandbox::new()
                .user_range(0, 100_000, 10)
                .user_gid_caller(7)
                .user_gid_range(0, 100_000, 5)
                .mount(),
            || {
                let map = fs::read_to_string("/proc/self/gid_map").expect("/proc is there");
                let line = map.lines().next().expect("two lines");
                let words: Vec<&str> = line.split_whitespace().collect();
                assert_eq!((words[0], words[2]), ("7", "1"), "{map}");
            },
        )
}

fn gids_apart() {
    assert_eq!(raw::ids(), (0, 0));
    fs::write("/tmp/file", "x").expect("/tmp is ours");
    chown("/tmp/file", Some(1), Some(52)).expect("both are mapped");
    assert!(chown("/tmp/file", Some(52), None).is_err(), "no uid");
    assert!(chown("/tmp/file", None, Some(1)).is_err(), "no gid");
}

/// The caller's own files then belong to root inside.
fn the_caller_next_to_ranges() {
    assert_eq!(raw::ids(), (0, 0));
    let maps = ["uid_map", "gid_map"].map(|file| {
        let map = fs::read_to_string(format!("/proc/self/{file}")).expect("/proc is there");
        let words = map.split_whitespace().map(str::to_owned);
        words.collect::<Vec<_>>()
    });
    for map in maps {
        assert_eq!((map.len(), &*map[0], &*map[2]), (6, "0", "1"), "{map:?}");
        assert_eq!(map[3..], ["1", "100000", "10"], "{map:?}");
    }
    fs::write("/tmp/file", "x").expect("/tmp is ours");
    chown("/tmp/file", Some(10), Some(10)).expect("both are mapped");
}

fn chown_setgroups_setuid() {
    assert_eq!(raw::ids(), (0, 0));
    fs::write("/tmp/file", "x").expect("/tmp is ours");
    chown("/tmp/file", Some(1000), Some(1001)).expect("both are mapped");
    let facts = fs::metadata("/tmp/file").expect("it is there");
    assert_eq!((facts.uid(), facts.gid()), (1000, 1001));
    raw::set_groups(&[5, 6]).expect("setgroups is not given up");
    raw::set_uid(1000).expect("it is mapped");
    assert_eq!(raw::ids().0, 1000);
    assert!(fs::write("/tmp/root", "x").is_ok(), "/tmp is everyone's");
    assert!(
        raw::set_uid(0).is_err(),
        "the way back is closed, as on a real machine"
    );
}

fn files_of_others() {
    fs::write("/tmp/secret", "x").expect("/tmp is ours");
    chown("/tmp/secret", Some(1), Some(1)).expect("both are mapped");
    fs::set_permissions(
        "/tmp/secret",
        std::os::unix::fs::PermissionsExt::from_mode(0o600),
    )
    .expect("root may");
    assert!(
        fs::read("/tmp/secret").is_ok(),
        "root reads everything of its own users"
    );
    raw::set_uid(2).expect("it is mapped");
    assert!(fs::read("/tmp/secret").is_err());
}

fn becomes(id: u32, capable: bool) {
    assert_eq!(raw::ids(), (id, id));
    let child = Command::new("cat")
        .arg("/proc/self/status")
        .output()
        .expect("cat runs");
    let status = String::from_utf8_lossy(&child.stdout).into_owned();
    let none = status.contains("CapEff:\t0000000000000000");
    assert_eq!(!none, capable, "{status}");
    let groups = status
        .lines()
        .find_map(|line| line.strip_prefix("Groups:"))
        .expect("it has a line for them");
    assert_eq!(groups.trim(), "", "no group of the caller's comes along");
}

fn ranges() {
    assert_eq!(raw::ids(), (0, 0), "uid 0 is mapped: the sandbox takes it");
    let map = fs::read_to_string("/proc/self/uid_map").expect("/proc is there");
    assert_eq!(map.lines().count(), 2, "{map}");
    fs::write("/tmp/file", "x").expect("/tmp is ours");
    chown("/tmp/file", Some(1000), None).expect("1000 is mapped");
    assert!(chown("/tmp/file", Some(500), None).is_err(), "500 is not");
}
