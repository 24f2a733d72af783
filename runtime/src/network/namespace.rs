//! The network namespace of a host, or of the wire: making it, and its settings before it has
//! interfaces.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;

use super::error::Refused;
use crate::sys::{Errno, setns};

/// Makes a namespace for a host of this name. The calling thread is in it afterwards.
pub(super) fn make(name: &str) -> Result<OwnedFd, Refused> {
    let step = "make the network namespace of a host";
    let failed = |call| move |errno| explain(Refused::new(step, call, errno).of(name));
    setns::unshare_network().map_err(failed("unshare"))?;
    setns::current_network().map_err(failed("open"))
}

/// What is to be set in a host's namespace.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) router: bool,
    pub(super) v6: bool,
}

impl Settings {
    /// Sets them, in the namespace that the calling thread is in.
    ///
    /// A new namespace has the kernel's defaults for IPv6 and the machine's settings for IPv4
    /// (`net.core.devconf_inherit_init_net`), so that forwarding may be on there, and strict
    /// filters too.
    pub(super) fn apply(self, host: &str) -> Result<(), Refused> {
        let set = |key: &str, value: &str| write(key, value);
        let forwarding = if self.router { "1" } else { "0" };
        let required = |key: &str, result: io::Result<()>| {
            let refused = |error: io::Error| {
                let errno = Errno::from_io(&error);
                let refused = Refused::new("let a router forward packets", "write", errno);
                refused.of(format!("{host}: /proc/sys/net/{key}"))
            };
            result.map_err(refused)
        };
        let key = "ipv4/ip_forward";
        let result = set(key, forwarding);
        if self.router {
            required(key, result)?;
        }
        if self.router && self.v6 {
            let key = "ipv6/conf/all/forwarding";
            required(key, set(key, "1"))?;
        }
        // Where /proc/sys can't be written a host works all the same; only its first second is less
        // quiet.
        for (key, value) in USUAL {
            let _ = set(key, value);
        }
        if !self.v6 {
            let _ = set("ipv6/conf/all/disable_ipv6", "1");
            let _ = set("ipv6/conf/default/disable_ipv6", "1");
        }
        Ok(())
    }
}

/// Of every host.
const USUAL: [(&str, &str); 11] = [
    // An answer may take another way than the question.
    ("ipv4/conf/all/rp_filter", "0"),
    ("ipv4/conf/default/rp_filter", "0"),
    // The link-local address that the kernel makes can be used at once.
    ("ipv6/conf/default/accept_dad", "0"),
    ("ipv6/conf/default/router_solicitations", "0"),
    ("ipv6/conf/default/accept_ra", "0"),
    // A question that is lost is asked again after 50 ms and not after a second.
    ("ipv4/neigh/default/retrans_time_ms", "50"),
    ("ipv6/neigh/default/retrans_time_ms", "50"),
    ("ipv4/neigh/default/delay_first_probe_time", "1"),
    // As the `net` option has it.
    ("ipv4/ip_unprivileged_port_start", "0"),
    ("ipv4/ping_group_range", "0 4294967294"),
    ("ipv4/ping_group_range", "0 0"),
];

/// Keeps the hub's own kernel silent: it has no addresses, and shall not ask for any.
pub(super) fn silence_hub() {
    let _ = write("ipv6/conf/all/disable_ipv6", "1");
    let _ = write("ipv6/conf/default/disable_ipv6", "1");
}

fn write(key: &str, value: &str) -> io::Result<()> {
    fs::write(format!("/proc/sys/net/{key}"), value)
}

/// Adds the cause and the remedy, where the errno tells them.
pub(super) fn explain(refused: Refused) -> Refused {
    match refused.errno() {
        Errno::NOSPC => refused.because(
            "the machine's limit of network namespaces is reached: raise `sysctl user.max_net_namespaces`, or run fewer tests at once",
        ),
        Errno::MFILE => refused.because(
            "a network has a descriptor for each host, and some more: raise `ulimit -n`, or the test's `limit(files = ..)`",
        ),
        Errno::PERM => refused.because(
            "it takes CAP_SYS_ADMIN in the test's user namespace: leave out `user(caps = \"none\")`, `user(become = ..)` and seccomp filters",
        ),
        _ => refused,
    }
}
