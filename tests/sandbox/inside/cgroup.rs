//! `cgroup`.

use std::fs;
use std::path::Path;

use ns_test::ns_test;

#[ns_test(cgroup)]
fn its_cgroup_is_the_root() {
    let memberships = fs::read_to_string("/proc/self/cgroup").expect("/proc is there");
    for line in memberships.lines() {
        assert!(line.ends_with(":/"), "{line}");
    }
}

#[ns_test(cgroup, net, mount)]
fn the_unified_hierarchy_is_mounted() {
    let table = fs::read_to_string("/proc/self/mountinfo").expect("/proc is there");
    let mounted = table
        .lines()
        .any(|line| line.contains(" /sys/fs/cgroup ") && line.contains(" cgroup2 "));
    assert!(mounted, "{table}");
    assert!(Path::new("/sys/fs/cgroup/cgroup.procs").exists());
}

#[ns_test(cgroup, net, mount)]
fn no_cgroup_can_be_left_behind() {
    assert!(fs::create_dir("/sys/fs/cgroup/left-behind").is_err());
}
