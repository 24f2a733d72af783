//! What newer kernels let a test do: rows of docs/kernels.md that no option of ns-test depends on.

use std::fs;
use std::io;

use ns_test::ns_test;
use ns_test_suite::{host, raw};

/// Checks that the kernel can mount it, or answers with this errno before the release that can.
#[track_caller]
fn is_since((major, minor): (u32, u32), before: i32, tried: io::Result<()>) {
    match (host::is_before(major, minor, "it"), tried) {
        (None, Ok(())) => {}
        (Some(_), Err(error)) => assert_eq!(error.raw_os_error(), Some(before), "{error}"),
        (old, tried) => panic!("{tried:?} where {old:?}"),
    }
}

#[ns_test(user, mount(tmpfs = "/mnt"))]
fn binfmt_misc() {
    let tried = raw::mount_with("none", "/mnt", "binfmt_misc", "");
    let is_missing = |error: &io::Error| error.raw_os_error() == Some(libc::ENODEV);
    if tried.as_ref().is_err_and(is_missing) {
        ns_test::skip!("this kernel has no binfmt_misc");
    }
    is_since((6, 7), libc::EPERM, tried);
}

#[ns_test(pid)]
fn pid_max_of_a_pid_namespace() {
    let tried = fs::write("/proc/sys/kernel/pid_max", "5000");
    if host::is_uid_zero_outside() {
        // On every kernel: the settings of the host are read-only for real root.
        let error = tried.expect_err("it is read-only");
        assert_eq!(error.kind(), io::ErrorKind::ReadOnlyFilesystem);
        return;
    }
    is_since((6, 14), libc::EACCES, tried);
}
