//! `net`: a separate network with only `lo`; `network_namespaces(7)`.

use crate::error::{At, Call, Failure, SetupError, Step, Subject};
use crate::request::spec::{Net, Sysctl};
use crate::sandbox::file;
use crate::sys::{Errno, c_string, netdevice};

/// The setup of the new network.
#[derive(Debug)]
pub(crate) struct NetPlan {
    loopback: bool,
    ping_groups: Vec<u8>,
    sysctls: Vec<(Subject, Vec<u8>)>,
}

impl NetPlan {
    /// Plans the network. `groups`: a range of gids that exist inside.
    pub(crate) fn new(net: &Net, groups: (u32, u32)) -> Result<Self, SetupError> {
        let sysctls = net.sysctl.iter().map(sysctl).collect::<Result<_, _>>()?;
        let ping_groups = format!("{} {}", groups.0, groups.1).into_bytes();
        Ok(Self {
            loopback: net.lo,
            ping_groups,
            sysctls,
        })
    }
}

pub(crate) fn enter(plan: &NetPlan) -> Result<(), Failure<'_>> {
    if plan.loopback {
        netdevice::set_loopback_up().at(Step::SetLoopbackUp, Call::Ioctl)?;
    }
    allow_everyone(plan);
    for (subject, value) in &plan.sysctls {
        file::write_once(subject.path(), value).at_path(Step::SetSysctl, Call::Write, subject)?;
    }
    Ok(())
}

/// Allows ports below 1024 and unprivileged ping (`icmp(7)`) to programs without capabilities. A
/// fresh namespace has the kernel's defaults, not the host's settings.
///
/// A refusal is harmless: where /proc/sys is read-only (in most containers) the test has both
/// through its capabilities.
fn allow_everyone(plan: &NetPlan) {
    let _ = file::write_once(c"/proc/sys/net/ipv4/ip_unprivileged_port_start", b"0");
    let _ = file::write_once(c"/proc/sys/net/ipv4/ping_group_range", &plan.ping_groups);
}

fn sysctl(Sysctl { key, value }: &Sysctl) -> Result<(Subject, Vec<u8>), SetupError> {
    let refused =
        |errno| SetupError::new(Step::Prepare, Call::Check, errno).asked_as(key.to_string());
    // As in sysctl(8): in a key with slashes, dots belong to names (of interfaces, for example).
    let path = if key.contains('/') {
        key.to_string()
    } else {
        key.replace('.', "/")
    };
    check(key).map_err(|why| refused(Errno::INVAL).because(why))?;
    let path = c_string(format!("/proc/sys/net/{path}")).map_err(refused)?;
    let asked = c_string(&**key).map_err(refused)?;
    Ok((
        Subject {
            path,
            asked: Some(asked),
        },
        value.as_bytes().to_vec(),
    ))
}

/// Checks that the key is a name below /proc/sys/net, as the attribute does.
fn check(key: &str) -> Result<(), &'static str> {
    let parts: Vec<&str> = key.split(['.', '/']).collect();
    match parts[0] {
        "net" => Err("a sysctl is relative to /proc/sys/net: write it like `ipv4.ip_forward`"),
        "kernel" | "vm" | "fs" | "user" | "dev" | "abi" | "debug" => Err(
            "this sysctl is not below /proc/sys/net, so a network namespace has no copy of its own: remove it",
        ),
        _ if parts.len() < 2 || parts.contains(&"") => {
            Err("a sysctl is a name below /proc/sys/net: write it like `ipv4.ip_forward`")
        }
        _ => Ok(()),
    }
}
