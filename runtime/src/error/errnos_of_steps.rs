//! The errnos of every step, from the manual pages of its calls, and the meaning of each. It is a
//! refusal by the machine, a resource that is used up (which has a remedy), or another failure.

use super::classification::is_refusal;
use super::remedy;
use super::step::{Call, Step};
use crate::sys::Errno;

/// One call of some steps.
struct Row {
    /// The manual page that lists the errnos.
    page: &'static str,
    steps: &'static [Step],
    calls: &'static [Call],
    /// The machine forbids the step: tests may be ignored.
    refusals: &'static [Errno],
    /// The process, the user or the machine has no more of it: the test fails, with a remedy.
    resources: &'static [Errno],
    /// A path, a value or a program: the test fails.
    others: &'static [Errno],
}

/// Steps of a new namespace, where only the machine can refuse a mount.
const MOUNTING: &[Step] = &[
    Step::CutPropagation,
    Step::MountScratch,
    Step::MountProc,
    Step::MountSys,
    Step::MountMqueue,
    Step::MountTmpfs,
    Step::MakeDevices,
    Step::Bind,
    Step::MountOverlay,
    Step::MakeReadOnly,
    Step::ProtectHost,
    Step::ChangeRoot,
];

/// Errnos of all calls that resolve a path: path_resolution(7).
const OF_PATHS: &[Errno] = &[
    Errno::NOENT,
    Errno::NOTDIR,
    Errno::LOOP,
    Errno::NAMETOOLONG,
    Errno::IO,
];

const ROWS: &[Row] = &[
    Row {
        page: "clone(2), unshare(2), setns(2): a forbidden, missing or used-up kind of namespace",
        steps: &[Step::MakeNamespaces, Step::EnterCgroup],
        calls: &[Call::Clone3, Call::Unshare, Call::Setns],
        refusals: &[
            Errno::PERM,
            Errno::ACCES,
            Errno::NOSPC,
            Errno::USERS,
            Errno::INVAL,
            Errno::NOSYS,
        ],
        resources: &[Errno::NOMEM, Errno::MFILE, Errno::NFILE],
        others: &[Errno::AGAIN, Errno::BUSY, Errno::EXIST, Errno::SRCH],
    },
    Row {
        page: "clone(2), fork(2): EAGAIN is a limit of processes",
        steps: &[Step::MakeNamespaces, Step::ForkBody, Step::StartLauncher],
        calls: &[Call::Clone3, Call::Fork],
        refusals: &[],
        resources: &[Errno::AGAIN, Errno::NOMEM],
        others: &[],
    },
    Row {
        page: "user_namespaces(7), time_namespaces(7): maps and offsets",
        steps: &[
            Step::DenySetgroups,
            Step::MapUids,
            Step::MapGids,
            Step::SetClocks,
        ],
        calls: Call::ALL,
        refusals: &[Errno::PERM, Errno::ACCES, Errno::ROFS],
        resources: &[Errno::NFILE, Errno::NOMEM],
        others: &[Errno::INVAL, Errno::NOENT, Errno::NOTDIR, Errno::SRCH],
    },
    Row {
        page: "mount(2), move_mount(2), umount2(2), mount_setattr(2), pivot_root(2)",
        steps: MOUNTING,
        calls: &[
            Call::Mount,
            Call::MoveMount,
            Call::Umount,
            Call::MountSetattr,
            Call::PivotRoot,
        ],
        refusals: &[Errno::PERM, Errno::ACCES, Errno::NOSYS, Errno::NODEV],
        resources: &[Errno::NOMEM, Errno::MFILE],
        others: &[
            Errno::BUSY,
            Errno::INVAL,
            Errno::NOENT,
            Errno::NOTDIR,
            Errno::LOOP,
            Errno::NAMETOOLONG,
            Errno::ROFS,
            Errno::OPNOTSUPP,
        ],
    },
    Row {
        page: "mount(2), move_mount(2): ENOSPC is the sysctl fs.mount-max",
        steps: MOUNTING,
        calls: &[Call::Mount, Call::MoveMount],
        refusals: &[],
        resources: &[Errno::NOSPC],
        others: &[],
    },
    Row {
        page: "sethostname(2), setdomainname(2), netdevice(7)",
        steps: &[Step::SetHostName, Step::SetDomainName, Step::SetLoopbackUp],
        calls: Call::ALL,
        refusals: &[Errno::PERM, Errno::ACCES, Errno::NOSYS],
        resources: &[Errno::NFILE, Errno::NOMEM],
        others: &[Errno::INVAL, Errno::NODEV, Errno::NAMETOOLONG],
    },
    Row {
        page: "rtnetlink(7), packet(7): EOPNOTSUPP and EAFNOSUPPORT are a missing module",
        steps: &[Step::MakeVeth, Step::OpenPacketSocket],
        calls: Call::ALL,
        refusals: &[
            Errno::PERM,
            Errno::ACCES,
            Errno::NOSYS,
            Errno::OPNOTSUPP,
            Errno::AFNOSUPPORT,
        ],
        resources: &[Errno::NFILE, Errno::NOMEM],
        others: &[Errno::INVAL, Errno::EXIST, Errno::BUSY],
    },
    Row {
        page: "open(2), mkdir(2), symlink(2), write(2): directories, files and their disk",
        steps: &[
            Step::MakeMountPoint,
            Step::MountScratch,
            Step::MakeDevices,
            Step::PrepareDirectory,
            Step::EnterCgroup,
            Step::LimitCgroup,
        ],
        calls: &[Call::Open, Call::Mkdir, Call::Symlink, Call::Write],
        refusals: &[],
        resources: &[
            Errno::NOSPC,
            Errno::DQUOT,
            Errno::FBIG,
            Errno::MFILE,
            Errno::NFILE,
            Errno::NOMEM,
        ],
        others: &[Errno::PERM, Errno::ACCES, Errno::ROFS, Errno::EXIST],
    },
    Row {
        page: "cgroups(7): EAGAIN is cgroup.max.descendants or cgroup.max.depth",
        steps: &[Step::EnterCgroup],
        calls: &[Call::Mkdir],
        refusals: &[],
        resources: &[Errno::AGAIN],
        others: &[Errno::BUSY, Errno::OPNOTSUPP],
    },
    Row {
        page: "open(2): a source, a working directory, a sysctl, /proc",
        steps: &[
            Step::FindSource,
            Step::ChangeDirectory,
            Step::ChangeRoot,
            Step::SetSysctl,
            Step::Prepare,
            Step::ProtectHost,
        ],
        calls: &[Call::Open, Call::Chdir, Call::Write],
        refusals: &[],
        resources: &[Errno::MFILE, Errno::NFILE, Errno::NOMEM],
        others: &[Errno::PERM, Errno::ACCES, Errno::ROFS, Errno::INVAL],
    },
    Row {
        page: "pipe(2), dup(2), memfd_create(2), socketpair(2), mmap(2), signalfd(2)",
        steps: &[
            Step::OpenPipe,
            Step::StartLauncher,
            Step::MakeNamespaces,
            Step::Watch,
        ],
        calls: &[
            Call::Pipe,
            Call::Dup,
            Call::MemfdCreate,
            Call::Socketpair,
            Call::Mmap,
            Call::Signalfd,
        ],
        refusals: &[],
        resources: &[Errno::MFILE, Errno::NFILE, Errno::NOMEM],
        others: &[Errno::PERM, Errno::ACCES, Errno::INVAL, Errno::BUSY],
    },
    Row {
        page: "keyctl(2): EDQUOT is the user's quota of keys",
        steps: &[Step::LeaveSession],
        calls: &[Call::Keyctl, Call::Setsid],
        refusals: &[],
        resources: &[Errno::DQUOT, Errno::NOMEM],
        others: &[Errno::PERM, Errno::ACCES, Errno::NOSYS],
    },
    Row {
        page: "setresuid(2), setgroups(2), capset(2), prctl(2), getrlimit(2): ids and rights",
        steps: &[Step::Become, Step::SetCapabilities, Step::SetLimit],
        calls: &[
            Call::Setresuid,
            Call::Setresgid,
            Call::Setgroups,
            Call::Capset,
            Call::Prctl,
            Call::Setrlimit,
        ],
        refusals: &[],
        resources: &[Errno::NOMEM],
        others: &[Errno::PERM, Errno::ACCES, Errno::INVAL, Errno::NOSYS],
    },
    Row {
        page: "execve(2)",
        steps: &[Step::Execute],
        calls: &[Call::Execve],
        refusals: &[],
        resources: &[Errno::MFILE, Errno::NFILE, Errno::NOMEM],
        others: &[Errno::PERM, Errno::ACCES, Errno::INVAL, Errno::NOSYS],
    },
];

/// The highest errno of errno(3), EHWPOISON.
const LAST: i32 = 133;

#[test]
fn every_errno_of_the_manual_means_what_its_row_says() {
    for row in ROWS {
        for (step, call) in pairs(row) {
            let told = |errno| format!("{}: {step:?} {call:?} {errno}", row.page);
            for errno in row.refusals {
                assert!(is_refusal(step, call, *errno), "{}", told(*errno));
            }
            for errno in row.resources {
                assert!(!is_refusal(step, call, *errno), "{}", told(*errno));
                let remedy = remedy::of(step, call, *errno, None);
                assert!(remedy.is_some(), "no remedy: {}", told(*errno));
            }
            for errno in row.others {
                assert!(!is_refusal(step, call, *errno), "{}", told(*errno));
            }
        }
    }
}

/// Checks all steps, calls and errnos: only the errnos of a row are refusals.
#[test]
fn there_are_no_other_refusals() {
    let mut count = 0;
    for step in Step::ALL {
        for call in Call::ALL {
            for errno in (1..=LAST).map(Errno::from_number) {
                let of_row = |row: &&Row| {
                    let has_pair = row.steps.contains(step) && row.calls.contains(call);
                    has_pair && row.refusals.contains(&errno)
                };
                let expected = ROWS.iter().any(|row| of_row(&row));
                let found = is_refusal(*step, *call, errno);
                assert_eq!(found, expected, "{step:?} {call:?} {errno}");
                count += 1;
            }
        }
    }
    assert!(count > 200_000, "only {count}");
}

#[test]
fn what_is_missing_or_used_up_is_never_a_refusal() {
    let used_up = [
        Errno::MFILE,
        Errno::NFILE,
        Errno::FBIG,
        Errno::DQUOT,
        Errno::AGAIN,
        Errno::NOMEM,
        Errno::BUSY,
        Errno::EXIST,
    ];
    for step in Step::ALL {
        for call in Call::ALL {
            for errno in OF_PATHS.iter().chain(&used_up) {
                let found = is_refusal(*step, *call, *errno);
                assert!(!found, "{step:?} {call:?} {errno}");
            }
        }
    }
}

/// Checks all steps: the remedy for such an errno does not depend on the step.
#[test]
fn what_is_used_up_has_a_remedy() {
    let used_up = [
        Errno::MFILE,
        Errno::NFILE,
        Errno::FBIG,
        Errno::DQUOT,
        Errno::NOMEM,
    ];
    for step in Step::ALL {
        for call in Call::ALL {
            for errno in used_up {
                let remedy = remedy::of(*step, *call, errno, None);
                assert!(remedy.is_some(), "{step:?} {call:?} {errno}");
            }
        }
    }
}

fn pairs(row: &Row) -> impl Iterator<Item = (Step, Call)> + '_ {
    let steps = row.steps.iter();
    steps.flat_map(|step| row.calls.iter().map(|call| (*step, *call)))
}
