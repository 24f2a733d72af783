//! The keys of each pair of brackets.

use super::Group;
use super::key::{Field, field, key};
use crate::literal;

pub(super) const ATTRIBUTE: &str = "ns_test";

pub(crate) const NAMESPACES: [&str; 8] = [
    "user", "mount", "pid", "net", "ipc", "uts", "cgroup", "time",
];
pub(super) const OPTIONS: [&str; 9] = [
    "timeout",
    "cwd",
    "env",
    "limit",
    "leftovers",
    "refused",
    "serial",
    "block_on",
    "crate",
];

pub(crate) static TOP: Group = Group {
    name: ATTRIBUTE,
    keys: &[
        key("user", "user(keep)"),
        key("mount", r#"mount(ro = "/usr")"#),
        key("pid", "pid(proc = false)"),
        key("net", "net(lo = false)"),
        key("ipc", "ipc"),
        key("uts", r#"uts(hostname = "db1")"#),
        key("cgroup", "cgroup"),
        key("time", r#"time(uptime = "+1d")"#),
        key("all", "all"),
        key("hermetic", "hermetic"),
        field("timeout", r#"timeout = "5s""#, Field::Duration),
        key("cwd", r#"cwd = "fixtures""#),
        key("env", r#"env("NAME", "value")"#),
        key("limit", "limit(processes = 64)"),
        field(
            "leftovers",
            r#"leftovers = "fail""#,
            Field::Choice(&["kill", "fail"]),
        ),
        field(
            "refused",
            r#"refused = "skip""#,
            Field::Choice(&["fail", "skip"]),
        ),
        field(
            "serial",
            r#"serial = "database""#,
            Field::Text(literal::key),
        ),
        key("block_on", "block_on = smol::block_on"),
        key("crate", "crate = path::to::ns_test"),
    ],
};

pub(crate) static USER: Group = Group {
    name: "user",
    keys: &[
        key("uid", "uid = 1000"),
        key("gid", "gid = 1000"),
        key("keep", "keep"),
        key("host", "host"),
        key("ids", r#"ids = "auto""#),
        key("gids", r#"gids = "0:100000:65536""#),
        key("become", "become = 1000"),
        key("caps", r#"caps = "none""#),
    ],
};

pub(crate) static MOUNT: Group = Group {
    name: "mount",
    keys: &[
        key("tmpfs", r#"tmpfs = "/run""#),
        key("bind", r#"bind("source", "/target")"#),
        key("ro", r#"ro = "/usr""#),
        key("overlay", r#"overlay = "/etc""#),
        key("prepared", r#"prepared("/var/lib/db", init_db)"#),
        field("root", r#"root = "rootfs""#, Field::Path),
        field(
            "tmp",
            r#"tmp = "host""#,
            Field::Choice(&["private", "host"]),
        ),
        field("dev", r#"dev = "host""#, Field::Choice(&["own", "host"])),
        field(
            "propagation",
            r#"propagation = "slave""#,
            Field::Choice(&["private", "slave"]),
        ),
    ],
};

pub(crate) static TMPFS: Group = Group {
    name: "tmpfs",
    keys: &[
        key("size", r#"size = "16MiB""#),
        key("mode", "mode = 0o755"),
    ],
};

pub(crate) static BIND: Group = Group {
    name: "bind",
    keys: &[key("ro", "ro")],
};

pub(crate) static OVERLAY: Group = Group {
    name: "overlay",
    keys: &[key("size", r#"size = "2GiB""#)],
};

pub(crate) static PREPARED: Group = Group {
    name: "prepared",
    keys: &[
        key("inputs", r#"inputs("migrations")"#),
        key("from", "from = init_db"),
        key("copy", "copy"),
        key("upper", r#"upper = "disk""#),
        key("timeout", r#"timeout = "2m""#),
    ],
};

/// The keys of `from`.
pub(crate) static FROM: Group = Group {
    name: "from",
    keys: &[
        key("inputs", r#"inputs("migrations")"#),
        key("from", "from = init_db"),
        key("timeout", r#"timeout = "2m""#),
    ],
};

pub(crate) static INPUTS: Group = Group {
    name: "inputs",
    keys: &[],
};

pub(crate) static PID: Group = Group {
    name: "pid",
    keys: &[
        field("proc", "proc = false", Field::Boolean),
        field("as_init", "as_init", Field::Switch),
    ],
};

pub(crate) static NET: Group = Group {
    name: "net",
    keys: &[
        field("lo", "lo = false", Field::Boolean),
        field("sys", "sys = false", Field::Boolean),
        key("sysctl", r#"sysctl("ipv4.ip_forward", 1)"#),
    ],
};

pub(crate) static SYSCTL: Group = Group {
    name: "sysctl",
    keys: &[],
};

pub(crate) static IPC: Group = Group {
    name: "ipc",
    keys: &[],
};

pub(crate) static UTS: Group = Group {
    name: "uts",
    keys: &[
        field(
            "hostname",
            r#"hostname = "db1""#,
            Field::Text(literal::host_name),
        ),
        field(
            "domainname",
            r#"domainname = "lab""#,
            Field::Text(literal::host_name),
        ),
    ],
};

pub(crate) static CGROUP: Group = Group {
    name: "cgroup",
    keys: &[],
};

pub(crate) static TIME: Group = Group {
    name: "time",
    keys: &[
        field("monotonic", r#"monotonic = "+1d""#, Field::Offset),
        field("boottime", r#"boottime = "-1h""#, Field::Offset),
        key("uptime", r#"uptime = "+1d""#),
    ],
};

pub(crate) static ENV: Group = Group {
    name: "env",
    keys: &[key("clear", "clear"), key("keep", r#"keep = "PATH""#)],
};

pub(crate) static LIMIT: Group = Group {
    name: "limit",
    keys: &[
        field("processes", "processes = 64", Field::Count),
        field("memory", r#"memory = "256MiB""#, Field::Size),
        field("files", "files = 128", Field::Count),
        field("cpu", r#"cpu = "10s""#, Field::Duration),
    ],
};
