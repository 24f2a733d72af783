//! Settings that an administrator changes: sysctls, mount options of /proc, cgroups.

use ns_test_suite::fixture::Check;

use crate::machine::{Around, Named, Setting, has_setting, is_reported, passes, script};

pub(crate) const CHECKS: &[Named] = &[
    ("unprivileged_userns_clone", unprivileged_userns_clone),
    ("max_user_namespaces", || limit("user", "fixtures::bare")),
    ("max_mnt_namespaces", || limit("mnt", "fixtures::mount")),
    ("max_pid_namespaces", || {
        limit("pid", "fixtures::pid_without_proc")
    }),
    ("max_net_namespaces", || limit("net", "fixtures::net")),
    ("max_ipc_namespaces", || limit("ipc", "fixtures::bare")),
    ("max_uts_namespaces", || limit("uts", "fixtures::name")),
    ("max_cgroup_namespaces", || {
        limit("cgroup", "fixtures::bare")
    }),
    ("max_time_namespaces", || limit("time", "fixtures::clock")),
    ("ptrace_scopes", ptrace_scopes),
    ("hidepid", hidepid),
    ("proc_sys_read_only", proc_sys_read_only),
];

/// Checks Debian's sysctl, which was once diagnosed as Docker's seccomp filter on a kernel without
/// any filter.
fn unprivileged_userns_clone() -> Check {
    refuses(
        "kernel/unprivileged_userns_clone",
        "unprivileged_userns_clone",
        "fixtures::bare",
    )
}

fn limit(kind: &str, test: &str) -> Check {
    let name = format!("max_{kind}_namespaces");
    refuses(&format!("user/{name}"), &name, test)
}

/// Checks that the setting refuses the test at 0, and that the test passes with the old value.
fn refuses(setting: &str, name: &str, test: &str) -> Check {
    let zero = Setting::write(setting, "0")?;
    is_reported(name, Around::default(), test)?;
    drop(zero);
    passes(Around::default(), test)
}

/// Checks that Yama's scopes have no effect: they limit ptrace(2), which ns-test does not use.
/// Scope 3 cannot be lowered without a reboot, so it is left out.
fn ptrace_scopes() -> Check {
    if !has_setting("kernel/yama/ptrace_scope") {
        return Err("this kernel has no Yama".into());
    }
    for scope in ["0", "1", "2"] {
        let _setting = Setting::write("kernel/yama/ptrace_scope", scope)?;
        passes(Around::default(), "fixtures::bare")?;
    }
    Ok(())
}

/// Checks a /proc with `hidepid`. The kernel mounts a new proc only if an existing one shows as
/// much (`mount_too_revealing`).
fn hidepid() -> Check {
    let script = script(concat!(
        "mount -t proc -o hidepid=2 proc /proc",
        "; exec \"$0\" \"$@\""
    ));
    let around = Around {
        root: &script,
        ..Around::default()
    };
    is_reported("hidepid", around, "fixtures::bare")
}

fn proc_sys_read_only() -> Check {
    let script = script(concat!(
        "mount --bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys",
        "; exec \"$0\" \"$@\""
    ));
    let around = Around {
        root: &script,
        ..Around::default()
    };
    is_reported("proc_sys_read_only", around, "fixtures::bare")
}
