//! Which failures are refusals: the machine forbids a namespace, or an operation in it. All other
//! failures concern a missing path, program or resource, which the user can provide.

use crate::sys::Errno;

use super::step::{Call, Step};

/// Errnos with which the kernel, a filter or a security module refuses `clone3(2)` and
/// `unshare(2)`. The namespace is forbidden, has reached a limit, or does not exist.
const OF_NAMESPACES: &[Errno] = &[
    Errno::PERM,
    Errno::ACCES,
    Errno::NOSPC,
    Errno::USERS,
    Errno::INVAL,
    Errno::NOSYS,
];

/// The same for the map files. A read-only /proc refuses their writes (EROFS).
const OF_MAPS: &[Errno] = &[Errno::PERM, Errno::ACCES, Errno::ROFS];

/// The same for mounts. ENODEV: the kernel lacks the file system.
const OF_MOUNTS: &[Errno] = &[Errno::PERM, Errno::ACCES, Errno::NOSYS, Errno::NODEV];

/// The same for calls that a new namespace permits.
const OF_RIGHTS: &[Errno] = &[Errno::PERM, Errno::ACCES, Errno::NOSYS];

/// The same for networks of hosts. EOPNOTSUPP and EAFNOSUPPORT: the kernel lacks `veth`, or packet
/// sockets.
const OF_NETWORKS: &[Errno] = &[
    Errno::PERM,
    Errno::ACCES,
    Errno::NOSYS,
    Errno::OPNOTSUPP,
    Errno::AFNOSUPPORT,
];

/// Returns the errnos with which a machine refuses a step.
fn refusals_of(step: Step, call: Call) -> &'static [Errno] {
    match step {
        Step::MakeNamespaces => OF_NAMESPACES,
        // The step's other calls concern a cgroup that was delegated.
        Step::EnterCgroup if call == Call::Unshare => OF_NAMESPACES,
        Step::DenySetgroups | Step::MapUids | Step::MapGids | Step::SetClocks => OF_MAPS,
        Step::CutPropagation
        | Step::MountScratch
        | Step::MountProc
        | Step::MountSys
        | Step::MountMqueue
        | Step::MountTmpfs
        | Step::MakeDevices
        | Step::Bind
        | Step::MountOverlay
        | Step::MakeReadOnly
        | Step::ProtectHost
        | Step::ChangeRoot
            if mounts(call) =>
        {
            OF_MOUNTS
        }
        Step::SetHostName | Step::SetDomainName | Step::SetLoopbackUp => OF_RIGHTS,
        Step::MakeVeth | Step::OpenPacketSocket => OF_NETWORKS,
        // A path, a program, a limit, a value or a process.
        _ => &[],
    }
}

fn mounts(call: Call) -> bool {
    matches!(
        call,
        Call::Mount | Call::MoveMount | Call::Umount | Call::MountSetattr | Call::PivotRoot
    )
}

/// Returns whether the machine has refused the step, so that tests may be ignored.
pub(super) fn is_refusal(step: Step, call: Call, errno: Errno) -> bool {
    refusals_of(step, call).contains(&errno)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Errnos that concern a path, a file system or a resource, whatever the call.
    const OF_THINGS: [Errno; 13] = [
        Errno::NOENT,
        Errno::NOTDIR,
        Errno::EXIST,
        Errno::LOOP,
        Errno::NAMETOOLONG,
        Errno::MFILE,
        Errno::NFILE,
        Errno::FBIG,
        Errno::DQUOT,
        Errno::IO,
        Errno::AGAIN,
        Errno::NOMEM,
        Errno::BUSY,
    ];

    #[test]
    fn what_is_missing_is_no_refusal() {
        for step in Step::ALL {
            for call in Call::ALL {
                for errno in OF_THINGS {
                    assert!(
                        !is_refusal(*step, *call, errno),
                        "{step:?} {call:?} {errno}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_full_disk_is_not_a_full_limit() {
        assert!(is_refusal(Step::MakeNamespaces, Call::Clone3, Errno::NOSPC));
        for (step, call) in [
            (Step::MountScratch, Call::Write),
            (Step::MountTmpfs, Call::Mount),
            (Step::MakeMountPoint, Call::Mkdir),
            (Step::EnterCgroup, Call::Mkdir),
        ] {
            assert!(!is_refusal(step, call, Errno::NOSPC), "{step:?}");
        }
    }

    #[test]
    fn steps_that_concern_the_tests_own_wishes_are_never_refused() {
        for step in [
            Step::Prepare,
            Step::OpenPipe,
            Step::LimitCgroup,
            Step::FindSource,
            Step::MakeMountPoint,
            Step::SetSysctl,
            Step::ForkBody,
            Step::SetLimit,
            Step::Become,
            Step::ChangeDirectory,
            Step::Execute,
        ] {
            assert!(!is_refusal(step, Call::Open, Errno::ACCES), "{step:?}");
            assert!(!is_refusal(step, Call::Check, Errno::PERM), "{step:?}");
        }
    }
}
