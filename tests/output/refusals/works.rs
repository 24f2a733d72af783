//! Features that a machine may refuse without any effect on tests.

use ns_test_suite::fixture::Check;

use crate::command::run;
use crate::setups::{Way, filtered, script};

fn all_pass(way: Way, count: usize) -> Check {
    for ordinary in [false, true] {
        run(way, ordinary).passed(count)?;
    }
    Ok(())
}

pub(crate) fn works_without_clone3() -> Check {
    all_pass(filtered("no_clone3").only(&["--skip=host_net"]), 12)
}

pub(crate) fn works_without_close_range() -> Check {
    all_pass(filtered("no_close_range").only(&["--skip=host_net"]), 12)
}

pub(crate) fn works_without_mount_setattr() -> Check {
    all_pass(filtered("no_mount_setattr").only(&["--skip=host_net"]), 12)
}

/// Checks that a test which lasts too long ends without pidfds.
pub(crate) fn works_without_pidfd_open() -> Check {
    const LASTS: &[(&str, &str)] = &[("NS_TEST_SUITE_LASTS", "1"), ("NS_TEST_TIMEOUT", "300ms")];
    for test in [&["fixtures::user"], &["fixtures::pid_without_proc"]] {
        let way = filtered("no_pidfd_open").with(LASTS).only(test);
        run(way, false).failed_with("the test timed out after 300ms")?;
    }
    all_pass(filtered("no_pidfd_open").only(&["--skip=host_net"]), 12)
}

pub(crate) fn works_with_sys_read_only() -> Check {
    let read_only = script("mount --rbind /sys /sys; mount -o remount,bind,ro /sys");
    all_pass(read_only.only(&["fixtures::net_and_mount"]), 1)
}
