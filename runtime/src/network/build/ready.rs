//! Waiting until what was made can be used.

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use super::request;
use crate::network::netlink::{Answer, Batch};
use crate::network::refused::Refused;
use crate::network::topology::Topology;
use crate::sys::Errno;

/// Waits until the interfaces have a carrier. The query makes the kernel (since 6.8) settle it;
/// otherwise a kernel worker does so soon.
pub(super) fn settle(namespace: &OwnedFd, indexes: &[u32], name: &str) -> Result<(), Refused> {
    let step = "wait for the carrier of an interface";
    request::enter(namespace, step)?;
    let mut batch = Batch::new();
    for index in indexes {
        batch.get_link(*index, name);
    }
    ask_until_ready(step, &batch)
}

/// Waits until the host accepts packets to its IPv6 addresses. A kernel worker makes their routes,
/// even without duplicate address detection.
pub(super) fn settle_addresses(
    topology: &Topology,
    host: usize,
    namespace: &OwnedFd,
) -> Result<(), Refused> {
    let step = "wait for the addresses of a host";
    if !topology.v6 {
        return Ok(());
    }
    request::enter(namespace, step)?;
    let name = &topology.hosts[host].name;
    let mut batch = Batch::new();
    for port in &topology.hosts[host].ports {
        let port = &topology.ports[*port];
        for (address, _) in &port.addresses {
            if address.is_ipv6() {
                batch.get_route(*address, port.index, name);
            }
        }
        batch.get_route(port.link_local().into(), port.index, name);
    }
    ask_until_ready(step, &batch)
}

/// Queries the calling thread's namespace until all links and addresses are usable.
fn ask_until_ready(step: &'static str, batch: &Batch) -> Result<(), Refused> {
    /// Far more than a kernel worker needs, on an emulated machine too.
    const LONGEST: Duration = Duration::from_secs(30);
    let is_good = |answer: &Answer| match answer {
        Answer::Link { up: good } | Answer::Route { local: good } => *good,
    };
    let start = Instant::now();
    loop {
        let ready = match request::send(step, batch) {
            Ok(answers) => answers.iter().all(is_good),
            // The link-local address does not exist yet.
            Err(refused) if refused.errno() == Errno::NETUNREACH => false,
            Err(refused) => return Err(refused),
        };
        if ready {
            return Ok(());
        }
        if start.elapsed() > LONGEST {
            return Err(Refused::new(step, "netlink", Errno::TIMEDOUT));
        }
        std::thread::sleep(Duration::from_micros(200));
    }
}
