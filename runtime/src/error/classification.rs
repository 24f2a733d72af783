//! Which failures are refusals: the machine forbids a namespace, or an operation in it. All other
//! failures concern a missing path, program or resource, which the user can provide.
//! `errnos_of_steps.rs` compares this with the manual pages.

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
        // The steps' other calls concern pipes and memory, and a cgroup that was delegated.
        Step::MakeNamespaces | Step::EnterCgroup if makes_namespaces(call) => OF_NAMESPACES,
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

fn makes_namespaces(call: Call) -> bool {
    matches!(call, Call::Clone3 | Call::Unshare | Call::Setns)
}

fn mounts(call: Call) -> bool {
    matches!(
        call,
        Call::Mount | Call::MoveMount | Call::Umount | Call::MountSetattr | Call::PivotRoot
    )
}

/// Returns whether the machine has refused the step, in which case tests may be ignored.
pub(super) fn is_refusal(step: Step, call: Call, errno: Errno) -> bool {
    refusals_of(step, call).contains(&errno)
}
