//! The links: all of them in one batch.

use std::os::fd::{AsRawFd, OwnedFd};

use super::request;
use crate::network::netlink::{Batch, End};
use crate::network::refused::Refused;
use crate::network::topology::{Port, Topology};
use crate::network::wire::FIRST_HUB_INDEX;

pub(super) fn hub_index(port: usize) -> u32 {
    FIRST_HUB_INDEX + u32::try_from(port).unwrap_or(0)
}

/// Makes all pairs, in one batch. The other ends of a wired link are in the hub.
pub(super) fn make_links(
    topology: &Topology,
    namespaces: &[OwnedFd],
    hub: Option<&OwnedFd>,
) -> Result<(), Refused> {
    let mut batch = Batch::new();
    for segment in &topology.segments {
        if segment.link.direct {
            if let [near, far] = segment.ports[..] {
                let near = host_end(&topology.ports[near], namespaces);
                let far = host_end(&topology.ports[far], namespaces);
                batch.new_veth(&near, &far, &segment.name);
            }
            continue;
        }
        for number in &segment.ports {
            let port = &topology.ports[*number];
            let near = End {
                name: &format!("port{number}"),
                index: hub_index(*number),
                mac: None,
                mtu: port.mtu,
                namespace: None,
                up: true,
            };
            batch.new_veth(&near, &host_end(port, namespaces), &segment.name);
        }
    }
    let step = "make the links";
    let Some(place) = hub.or(namespaces.first()) else {
        return Ok(());
    };
    request::enter(place, step)?;
    let sent = request::send(step, &batch).map(drop);
    sent.map_err(|refused| {
        refused.if_unsupported(
            "links are `veth` pairs, which this kernel does not support: run `modprobe veth` as root",
        )
    })
}

fn host_end<'p>(port: &'p Port, namespaces: &[OwnedFd]) -> End<'p> {
    End {
        name: &port.interface,
        index: port.index,
        mac: Some(port.mac),
        mtu: port.mtu,
        namespace: Some(namespaces[port.host].as_raw_fd()),
        up: false,
    }
}
