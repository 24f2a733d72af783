//! `mount(overlay = ..)`: a writable directory whose changes are discarded.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::process::Command;

use ns_test::ns_test;

use crate::mount::names;

#[ns_test(mount(overlay = "/usr"))]
fn take_changes_and_keep_the_host() {
    fs::write("/usr/ns-test-overlay", "x").expect("the upper layer takes it");
    assert!(names("/usr").contains(&"ns-test-overlay".to_owned()));
    assert!(names("/usr").contains(&"bin".to_owned()));
    let layers = names("/tmp");
    assert!(
        !layers.iter().any(|name| name.starts_with("upper")),
        "{layers:?}"
    );
}

#[ns_test(mount(overlay = "/usr", tmp = "host"))]
fn work_next_to_the_hosts_tmp() {
    fs::write("/usr/ns-test-overlay", "x").expect("the upper layer takes it");
    let table = fs::read_to_string("/proc/self/mountinfo").expect("/proc is there");
    assert!(
        !table
            .lines()
            .any(|line| line.split(' ').nth(4) == Some("/mnt")),
        "{table}"
    );
}

#[ns_test(mount(overlay("sandbox/inside/fixtures/tree", "/mnt")))]
fn show_another_directory() {
    assert_eq!(names("/mnt"), ["file"]);
    fs::remove_file("/mnt/file").expect("it is ours, and the overlay is writable");
    fs::write("/mnt/other", "x").expect("the same");
    assert_eq!(names("/mnt"), ["other"]);
}

#[ns_test(mount(
    overlay(["sandbox/inside/fixtures/tree", "/usr"], "/mnt", size = "1MiB"),
    overlay("/srv", size = "1MiB")
))]
fn show_several_directories_and_have_a_size() {
    assert!(names("/mnt").contains(&"file".to_owned()));
    assert!(names("/mnt").contains(&"bin".to_owned()));
    let full = fs::write("/mnt/large", vec![0; 4 << 20]).expect_err("two overlays of 1 MiB");
    assert_eq!(full.kind(), ErrorKind::StorageFull);
}

#[ns_test(mount(overlay = "/usr"))]
fn can_be_stacked_twice() {
    let inside = ns_test::Sandbox::new().overlay("/usr");
    let status = inside
        .command("true")
        .status()
        .expect("two levels are allowed");
    assert!(status.success());
    let third = Command::new("unshare")
        .args(["--mount", "sh", "-c", THREE_OVERLAYS])
        .status()
        .expect("unshare runs");
    assert!(third.success(), "ns-test's overlay, and one more");
}

/// One more overlay on top of the test's, and then a third, which the kernel must refuse.
const THREE_OVERLAYS: &str = "
    mount -t tmpfs none /mnt && mkdir /mnt/upper /mnt/work /mnt/merged /mnt/upper2 /mnt/work2 &&
    mount -t overlay none -o userxattr,lowerdir=/usr,upperdir=/mnt/upper,workdir=/mnt/work /mnt/merged || exit 1
    ! mount -t overlay none -o userxattr,lowerdir=/mnt/merged,upperdir=/mnt/upper2,workdir=/mnt/work2 /srv 2>/dev/null";

/// Tests the remedy that the error for a missing mount point names.
#[ns_test(mount(overlay = "/srv", tmpfs = "/srv/not-there"))]
fn of_the_parent_create_mount_points() {
    let [parent, mounted] = ["/srv", "/srv/not-there"].map(|path| {
        let facts = fs::metadata(path);
        facts
            .unwrap_or_else(|error| panic!("{path}: {error}"))
            .dev()
    });
    assert_ne!(parent, mounted, "the tmpfs is mounted");
}
