//! Filters like those of container engines, for a process that is about to execute another program.

#![expect(unsafe_code, reason = "libc has no safe face; each call stands alone")]
#![expect(
    clippy::cast_sign_loss,
    clippy::cast_possible_truncation,
    reason = "the numbers of calls and errnos are small and not negative"
)]

use std::ffi::{c_int, c_long, c_ulong};
use std::io;

/// A system call and the kernel's response to it.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    call: c_long,
    /// The rule applies only if the first argument has one of these bits; 0: always.
    flags: u32,
    /// The rule applies only if the first argument equals this.
    is: Option<u32>,
    action: u32,
}

impl Rule {
    /// Refuses `socket(2)` for this family with EPERM.
    #[must_use]
    pub const fn refuses_sockets(family: c_int) -> Self {
        Self {
            is: Some(family as u32),
            ..rule(libc::SYS_socket, libc::EPERM)
        }
    }

    /// Refuses a call with EPERM.
    #[must_use]
    pub const fn refuses(call: c_long) -> Self {
        rule(call, libc::EPERM)
    }

    /// Kills the process that makes a call, by SIGSYS.
    #[must_use]
    pub const fn kills(call: c_long) -> Self {
        Self {
            call,
            flags: 0,
            is: None,
            action: libc::SECCOMP_RET_KILL_PROCESS,
        }
    }
}

/// All flags of `clone(2)` that create a namespace, as in Docker's filter.
const NAMESPACES: u32 = 0x7e02_0000;

const fn rule(call: c_long, errno: c_int) -> Rule {
    Rule {
        call,
        flags: 0,
        is: None,
        action: libc::SECCOMP_RET_ERRNO | errno as u32,
    }
}

const fn masked(call: c_long, flags: u32) -> Rule {
    Rule {
        call,
        flags,
        is: None,
        action: libc::SECCOMP_RET_ERRNO | libc::EPERM as u32,
    }
}

/// The calls that moby's `default.json` refuses to a process without `CAP_SYS_ADMIN`.
pub const DOCKER: &[Rule] = &[
    rule(libc::SYS_clone3, libc::ENOSYS),
    rule(libc::SYS_unshare, libc::EPERM),
    rule(libc::SYS_setns, libc::EPERM),
    rule(libc::SYS_mount, libc::EPERM),
    rule(libc::SYS_umount2, libc::EPERM),
    rule(libc::SYS_pivot_root, libc::EPERM),
    rule(libc::SYS_sethostname, libc::EPERM),
    rule(libc::SYS_setdomainname, libc::EPERM),
    masked(libc::SYS_clone, NAMESPACES),
];

/// The calls that Podman's filter refuses; it allows namespaces.
pub const PODMAN: &[Rule] = &[
    rule(libc::SYS_sethostname, libc::EPERM),
    rule(libc::SYS_setdomainname, libc::EPERM),
    rule(libc::SYS_mount_setattr, libc::ENOSYS),
];

/// The calls that Debian's kernels refuse if `kernel.unprivileged_userns_clone` is 0. They check it
/// before they validate the flags.
pub const DEBIAN: &[Rule] = &[
    rule(libc::SYS_clone3, libc::ENOSYS),
    masked(libc::SYS_unshare, libc::CLONE_NEWUSER as u32),
    masked(libc::SYS_clone, libc::CLONE_NEWUSER as u32),
];

/// The calls that systemd refuses under `RestrictNamespaces=~net`.
pub const SYSTEMD_WITHOUT_NET: &[Rule] = &[
    rule(libc::SYS_clone3, libc::ENOSYS),
    masked(libc::SYS_unshare, libc::CLONE_NEWNET as u32),
    masked(libc::SYS_clone, libc::CLONE_NEWNET as u32),
];

/// The calls that kernels before 5.3 lack.
pub const WITHOUT_CLONE3: &[Rule] = &[rule(libc::SYS_clone3, libc::ENOSYS)];

/// The calls that kernels before 5.9 lack.
pub const WITHOUT_CLOSE_RANGE: &[Rule] = &[rule(libc::SYS_close_range, libc::ENOSYS)];

/// Refuses a call that a filter's authors did not know.
pub const WITHOUT_PIDFD_OPEN: &[Rule] = &[rule(libc::SYS_pidfd_open, libc::EPERM)];

/// The calls that kernels before 5.12 lack.
pub const WITHOUT_MOUNT_SETATTR: &[Rule] = &[rule(libc::SYS_mount_setattr, libc::ENOSYS)];

/// Installs a filter with these rules in this process and its descendants.
///
/// # Errors
/// The errno of `prctl(2)`.
pub fn install(rules: &[Rule]) -> io::Result<()> {
    let mut program = program(rules);
    let filter = libc::sock_fprog {
        len: program.len() as u16,
        filter: program.as_mut_ptr(),
    };
    prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0)?;
    let filter = (&raw const filter).expose_provenance() as c_ulong;
    prctl(
        libc::PR_SET_SECCOMP,
        c_ulong::from(libc::SECCOMP_MODE_FILTER),
        filter,
    )
}

fn prctl(option: c_int, first: c_ulong, second: c_ulong) -> io::Result<()> {
    // SAFETY: the options used in this file take numbers, or a filter that outlives the call.
    let result = unsafe { libc::prctl(option, first, second, 0 as c_ulong, 0 as c_ulong) };
    if result == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

fn program(rules: &[Rule]) -> Vec<libc::sock_filter> {
    let mut program: Vec<_> = rules.iter().flat_map(statements).collect();
    program.push(statement(RETURN, libc::SECCOMP_RET_ALLOW, 0));
    program
}

const LOAD: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
const IS_EQUAL: u32 = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
const HAS_ANY: u32 = libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K;
const RETURN: u32 = libc::BPF_RET | libc::BPF_K;

/// Offsets in `struct seccomp_data`: the number of the call, and the lower half of its first
/// argument.
const NUMBER: u32 = 0;
const FIRST_ARGUMENT: u32 = if cfg!(target_endian = "big") { 20 } else { 16 };

/// Returns the filter's statements for a rule. They fall through to the next rule if this one does
/// not match.
fn statements(rule: &Rule) -> Vec<libc::sock_filter> {
    let mut statements = vec![statement(LOAD, NUMBER, 0)];
    if let Some(argument) = rule.is {
        statements.push(statement(IS_EQUAL, rule.call as u32, 3));
        statements.push(statement(LOAD, FIRST_ARGUMENT, 0));
        statements.push(statement(IS_EQUAL, argument, 1));
    } else if rule.flags == 0 {
        statements.push(statement(IS_EQUAL, rule.call as u32, 1));
    } else {
        statements.push(statement(IS_EQUAL, rule.call as u32, 3));
        statements.push(statement(LOAD, FIRST_ARGUMENT, 0));
        statements.push(statement(HAS_ANY, rule.flags, 1));
    }
    statements.push(statement(RETURN, rule.action, 0));
    statements
}

/// Returns one statement. `skipped`: the number of statements to skip if the condition is false.
fn statement(code: u32, k: u32, skipped: u8) -> libc::sock_filter {
    libc::sock_filter {
        code: code as u16,
        jt: 0,
        jf: skipped,
        k,
    }
}
