//! From a plan to a topology. This code is pure: it does not query the machine.

use std::net::IpAddr;
use std::path::{Component, Path};

use super::id::{HostId, LinkId};
use super::mistake::Mistake;
use super::nat::Mapping;
use super::plan::{self, Plan};
use super::topology::{Host, Port, Segment, Topology};
use super::{address, route};

/// The first index of a host's interfaces. Lower ones may belong to interfaces that kernel modules
/// add to every new namespace (`tunl0`, `sit0`).
const FIRST_INDEX: u32 = 100;
const USUAL_MTU: u32 = 1500;
const MOST_ON_A_SWITCH: usize = 253;

/// Resolves a plan, or returns its first mistake.
pub(super) fn resolve(plan: &Plan) -> Result<Topology, Mistake> {
    if plan.v4_only && plan.v6_only {
        return Err(Mistake::NoFamily);
    }
    check_names(&plan.hosts)?;
    let mut hosts = Vec::new();
    for planned in &plan.hosts {
        hosts.push(host(planned));
    }
    let mut topology = Topology {
        plan: plan.number,
        hosts,
        segments: Vec::new(),
        ports: Vec::new(),
        v4: !plan.v6_only,
        v6: !plan.v4_only,
    };
    for segment in &plan.segments {
        topology.connect(segment)?;
    }
    address::assign(&mut topology, &plan.addresses)?;
    for (router, link, mapping) in &plan.masquerades {
        topology.masquerade(*router, *link, *mapping)?;
    }
    route::compute(&mut topology);
    if let Some(path) = &plan.capture {
        check_capture(path, &topology)?;
    }
    Ok(topology)
}

fn check_capture(path: &Path, topology: &Topology) -> Result<(), Mistake> {
    let has_parent = || path.components().any(|part| part == Component::ParentDir);
    if path.is_relative() && has_parent() {
        let path = path.to_owned();
        return Err(Mistake::CaptureOutside { path });
    }
    if !topology.has_wire() {
        return Err(Mistake::NothingToCapture);
    }
    Ok(())
}

impl Topology {
    fn connect(&mut self, planned: &plan::Segment) -> Result<(), Mistake> {
        let mut hosts = Vec::new();
        for host in &planned.hosts {
            hosts.push(self.host(*host)?);
        }
        let name = self.name_segment(&hosts, planned.switch);
        if planned.switch && !(2..=MOST_ON_A_SWITCH).contains(&hosts.len()) {
            return Err(Mistake::SwitchSize { hosts: hosts.len() });
        }
        for (at, host) in hosts.iter().enumerate() {
            if hosts[..at].contains(host) {
                let host = self.hosts[*host].name.clone();
                return Err(Mistake::ToItself { link: name, host });
            }
        }
        if planned.switch && planned.link.direct {
            return Err(Mistake::DirectSwitch { link: name });
        }
        planned.link.check(&name, &planned.hosts)?;
        let mtu = planned.link.mtu.unwrap_or(USUAL_MTU);
        let least = if self.v6 { 1280 } else { 68 };
        if !(least..=65535).contains(&mtu) {
            return Err(Mistake::BadMtu { link: name, mtu });
        }
        let segment = self.segments.len();
        let mut ports = Vec::new();
        for host in hosts {
            ports.push(self.add_port(host, segment, mtu, !planned.link.direct));
        }
        self.segments.push(Segment {
            name,
            switch: planned.switch,
            link: planned.link.clone(),
            ports,
            prefixes: [None; 2],
        });
        Ok(())
    }

    fn add_port(&mut self, host: usize, segment: usize, mtu: u32, wired: bool) -> usize {
        let number = self.ports.len();
        let place = self.hosts[host].ports.len();
        let [_, a, b, c] = u32::try_from(number + 1).unwrap_or(0).to_be_bytes();
        self.ports.push(Port {
            host,
            segment,
            interface: format!("eth{place}"),
            index: FIRST_INDEX + u32::try_from(place).unwrap_or(0),
            // Locally administered.
            mac: [0x02, 0x6e, 0x74, a, b, c],
            mtu,
            addresses: Vec::new(),
            wired,
        });
        self.hosts[host].ports.push(number);
        number
    }

    fn masquerade(
        &mut self,
        router: HostId,
        link: LinkId,
        mapping: Mapping,
    ) -> Result<(), Mistake> {
        let router = self.host(router)?;
        let (ends, link) = self.ends(link)?;
        let host = &mut self.hosts[router];
        if !host.router {
            return Err(Mistake::NoRouter {
                host: host.name.clone(),
            });
        }
        let port = ends.into_iter().find(|end| host.ports.contains(end));
        let port = port.ok_or_else(|| Mistake::NotOnLink {
            host: host.name.clone(),
            link,
        })?;
        host.masquerades.push((port, mapping));
        Ok(())
    }

    fn name_segment(&self, hosts: &[usize], switch: bool) -> String {
        const MOST: usize = 3;
        let mut names = Vec::new();
        for host in &hosts[..hosts.len().min(MOST)] {
            names.push(self.hosts[*host].name.as_str());
        }
        match (switch, hosts.len() > MOST) {
            (true, true) => format!("switch of {}, ..", names.join(", ")),
            (true, false) => format!("switch of {}", names.join(", ")),
            (false, _) => names.join("-"),
        }
    }
}

fn host(planned: &plan::Host) -> Host {
    Host {
        name: planned.name.clone(),
        router: planned.router,
        ports: Vec::new(),
        routes: Vec::new(),
        masquerades: Vec::new(),
    }
}

fn check_names(hosts: &[plan::Host]) -> Result<(), Mistake> {
    for (number, plan::Host { name, .. }) in hosts.iter().enumerate() {
        if !is_host_name(name) {
            return Err(Mistake::BadName { name: name.clone() });
        }
        let mut earlier = hosts[..number].iter();
        if earlier.any(|host| host.name.eq_ignore_ascii_case(name)) {
            return Err(Mistake::NameTwice { name: name.clone() });
        }
    }
    Ok(())
}

/// Returns whether the name is valid as in RFC 1123, or with underscores, which resolvers accept
/// and many names use. A name that reads as an address would be taken for one.
fn is_host_name(name: &str) -> bool {
    let is_label = |label: &str| {
        let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        (1..=63).contains(&label.len())
            && label.bytes().all(inner)
            && !label.starts_with(['-', '_'])
            && !label.ends_with(['-', '_'])
    };
    name.len() <= 253
        && name.split('.').all(is_label)
        && name.parse::<IpAddr>().is_err()
        && !name.eq_ignore_ascii_case("localhost")
        && !name.split('.').all(is_number)
}

/// Returns whether a part of a name is a number for `inet_aton(3)`, which resolvers call first.
fn is_number(part: &str) -> bool {
    let hexadecimal = part
        .strip_prefix("0x")
        .or_else(|| part.strip_prefix("0X"))
        .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    hexadecimal || part.bytes().all(|byte| byte.is_ascii_digit())
}
