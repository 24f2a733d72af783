//! `cgroup`.

use std::fs;
use std::path::Path;

use ns_test::ns_test;
use ns_test_suite::host;

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
    // Real root's /sys/fs/cgroup is covered if it and all mounts below cannot be made read-only.
    let fenced = host::is_uid_zero_outside();
    if let (true, Some(why)) = (
        fenced,
        host::is_before(5, 12, "real root's view of the cgroups (mount_setattr)"),
    ) {
        ns_test::skip!("{why}");
    }
    assert!(Path::new("/sys/fs/cgroup/cgroup.procs").exists());
}

#[ns_test(cgroup, net, mount)]
fn no_cgroup_can_be_left_behind() {
    assert!(fs::create_dir("/sys/fs/cgroup/left-behind").is_err());
}
