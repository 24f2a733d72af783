//! The network namespace of a host, or of the wire: its creation, and its settings before it has
//! interfaces.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;

use crate::body;
use crate::network::refused::Refused;
use crate::sandbox::visit::{self, RefusedCall};
use crate::sys::{Errno, process};

/// Makes a namespace for a host of this name, and leaves the calling thread in it.
pub(super) fn make(name: &str) -> Result<OwnedFd, Refused> {
    let step = "make the network namespace of a host";
    let failed = |call| move |errno| explain(Refused::new(step, call, errno).of(name));
    process::unshare(process::NEWNET).map_err(failed("unshare"))?;
    visit::current_network().map_err(failed("open"))
}

/// The settings of a host's namespace.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) router: bool,
    pub(super) v6: bool,
}

impl Settings {
    /// Applies the settings in the calling thread's namespace.
    ///
    /// A new namespace has the kernel's defaults for IPv6 and the machine's settings for IPv4
    /// (`net.core.devconf_inherit_init_net`). So forwarding and strict filters may be on for IPv4.
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
        // If /proc/sys is read-only, the host still works; only its first second has more traffic.
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

/// The settings of every host.
const USUAL: [(&str, &str); 11] = [
    // Replies may take another path than requests.
    ("ipv4/conf/all/rp_filter", "0"),
    ("ipv4/conf/default/rp_filter", "0"),
    // The kernel's link-local address is usable at once.
    ("ipv6/conf/default/accept_dad", "0"),
    ("ipv6/conf/default/router_solicitations", "0"),
    ("ipv6/conf/default/accept_ra", "0"),
    // A lost neighbour request is repeated after 50 ms instead of a second.
    ("ipv4/neigh/default/retrans_time_ms", "50"),
    ("ipv6/neigh/default/retrans_time_ms", "50"),
    ("ipv4/neigh/default/delay_first_probe_time", "1"),
    // As with the `net` option.
    ("ipv4/ip_unprivileged_port_start", "0"),
    ("ipv4/ping_group_range", "0 4294967294"),
    ("ipv4/ping_group_range", "0 0"),
];

/// Keeps the hub's kernel silent. It has no addresses, and must not request any.
pub(super) fn silence_hub() {
    let _ = write("ipv6/conf/all/disable_ipv6", "1");
    let _ = write("ipv6/conf/default/disable_ipv6", "1");
}

fn write(key: &str, value: &str) -> io::Result<()> {
    fs::write(format!("/proc/sys/net/{key}"), value)
}

/// Returns why the calling thread could not return to the test's own network namespace.
pub(super) fn explain_way_home((call, errno): RefusedCall) -> Refused {
    let refused = Refused::new("return to the test's own network namespace", call, errno);
    let is_hosts = body::running_test().is_some_and(|test| !test.has_network_namespace);
    match errno {
        Errno::PERM if is_hosts => refused.because(
            "the test uses the host's network namespace: add the `net` option, as in `#[ns_test(net, mount)]`",
        ),
        _ => explain(refused),
    }
}

/// Adds the cause and the remedy, if the errno identifies them.
pub(super) fn explain(refused: Refused) -> Refused {
    match refused.errno() {
        Errno::NOSPC => refused.because(
            "the limit of network namespaces is reached: raise `sysctl user.max_net_namespaces`, or run fewer tests at once",
        ),
        Errno::MFILE => refused.because(
            "the limit of open files is reached (a network has one for each host, and some more): raise `ulimit -n`, or the test's `limit(files = ..)`",
        ),
        Errno::PERM => refused.because(
            "networks need CAP_SYS_ADMIN in the test's user namespace: remove `user(caps = \"none\")` and `user(become = ..)`, and install seccomp filters later",
        ),
        _ => refused,
    }
}
