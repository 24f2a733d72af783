//! Super-frames: frames that a host's kernel leaves to a device to split, and that the wire cannot
//! carry.

use std::os::fd::AsFd;
use std::sync::OnceLock;

use crate::network::refused::Refused;
use crate::sys::{ethtool, netlink};

/// Device features that accept packets longer than the MTU, or packets without an SCTP checksum.
/// The wire can deliver neither: no interface accepts the former, and it completes only the
/// checksums of TCP and UDP.
const NAMES: [&str; 8] = [
    "tx-generic-segmentation",
    "tx-tcp-segmentation",
    "tx-tcp-ecn-segmentation",
    "tx-tcp-mangleid-segmentation",
    "tx-tcp6-segmentation",
    "tx-udp-segmentation",
    "tx-gso-list",
    "tx-checksum-sctp",
];

/// The positions of these features among all features that the kernel knows.
#[derive(Debug)]
struct Features {
    positions: Vec<usize>,
    count: usize,
}

/// Turns the features off on these interfaces of the calling thread's namespace.
pub(super) fn switch_off(host: &str, interfaces: &[&str]) -> Result<(), Refused> {
    static FEATURES: OnceLock<Features> = OnceLock::new();
    let failed = |errno| {
        Refused::new(
            "switch off segmentation at an interface",
            "ioctl(SIOCETHTOOL)",
            errno,
        )
        .of(host)
    };
    let Some(first) = interfaces.first() else {
        return Ok(());
    };
    // The ioctl works on a socket of any family.
    let socket = netlink::open(netlink::ROUTE).map_err(failed)?;
    let features = match FEATURES.get() {
        Some(features) => features,
        None => {
            let names = ethtool::feature_names(socket.as_fd(), first).map_err(failed)?;
            FEATURES.get_or_init(|| Features::of(&names))
        }
    };
    for interface in interfaces {
        ethtool::switch_off(
            socket.as_fd(),
            interface,
            &features.positions,
            features.count,
        )
        .map_err(failed)?;
    }
    Ok(())
}

impl Features {
    fn of(names: &[String]) -> Self {
        let mut positions = Vec::new();
        for (position, name) in names.iter().enumerate() {
            if NAMES.contains(&name.as_str()) {
                positions.push(position);
            }
        }
        Self {
            positions,
            count: names.len(),
        }
    }
}
