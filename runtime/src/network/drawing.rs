//! A network as text, and as a Mermaid diagram.

use std::fmt::{self, Write as _};
use std::sync::PoisonError;
use std::time::Duration;

use super::id::HostId;
use super::link::{Conditions, Link};
use super::record::Record;
use super::topology::Topology;

/// Returns the hosts with their addresses, the links with their conditions, and the cuts.
pub(super) fn text(record: &Record) -> String {
    let mut out = String::new();
    hosts(&mut out, &record.topology);
    let links = record.links.lock().unwrap_or_else(PoisonError::into_inner);
    for (number, link) in links.segments.iter().enumerate() {
        let segment = &record.topology.segments[number];
        if segment.switch {
            let mut cables = Vec::new();
            for port in &segment.ports {
                cables.push((*port, links.of_cable(*port, link)));
            }
            let _ = writeln!(out, "{}", record.topology.switch_label(number));
            switch(&mut out, &record.topology, &cables);
        } else if let [a, b] = segment.ports[..] {
            let conditions = both_directions(&record.topology, link, a, b);
            let (a, b) = (
                host_name(&record.topology, a),
                host_name(&record.topology, b),
            );
            let _ = writeln!(out, "{a} ──{conditions}── {b}");
        }
    }
    for words in record.in_force.words() {
        let _ = writeln!(out, "in force: {words}");
    }
    out
}

/// Returns the packet counters of each direction.
pub(super) fn packets(record: &Record) -> String {
    let Some(wire) = &record.wire else {
        return String::new();
    };
    let mut out = String::new();
    let labels = record.topology.direction_labels();
    for (port, label) in labels.iter().enumerate() {
        if record.topology.ports[port].wired {
            let _ = write!(out, "{label}  ").and_then(|()| wire.counts().write(port, &mut out));
            out.push('\n');
        }
    }
    let missed = wire.counts().missed();
    if missed > 0 {
        let _ = writeln!(
            out,
            "{missed} packets arrived faster than this machine could receive them, and were lost"
        );
    }
    out
}

/// Returns the same as [`text`], as a Mermaid diagram.
pub(super) fn mermaid(record: &Record) -> String {
    let topology = &record.topology;
    let links = record.links.lock().unwrap_or_else(PoisonError::into_inner);
    let mut out = "graph LR\n".to_owned();
    for (number, host) in topology.hosts.iter().enumerate() {
        let mut lines = vec![host.name.clone()];
        lines.append(&mut addresses(topology, number));
        lines.append(&mut translations(topology, number));
        let lines = lines.join("<br/>");
        let (open, close) = if host.router {
            ("{{", "}}")
        } else {
            ("[", "]")
        };
        let _ = writeln!(out, "    h{number}{open}\"{lines}\"{close}");
    }
    for (number, segment) in topology.segments.iter().enumerate() {
        let link = &links.segments[number];
        if segment.switch {
            let _ = writeln!(out, "    s{number}(({}))", topology.switch_label(number));
            for port in &segment.ports {
                let host = topology.ports[*port].host;
                let cable = links.of_cable(*port, link);
                let conditions = label(&words(&cable.conditions_from(host_id(topology, *port))));
                let _ = writeln!(out, "    h{host} ---{conditions} s{number}");
            }
        } else if let [a, b] = segment.ports[..] {
            let conditions = label(both_directions(topology, link, a, b).trim());
            let (a, b) = (topology.ports[a].host, topology.ports[b].host);
            let _ = writeln!(out, "    h{a} ---{conditions} h{b}");
        }
    }
    let in_force = record.in_force.words();
    if !in_force.is_empty() {
        let _ = writeln!(out, "    f[/\"in force:<br/>{}\"/]", in_force.join("<br/>"));
    }
    out
}

fn label(words: &str) -> String {
    if words.is_empty() {
        String::new()
    } else {
        format!("|\"{words}\"|")
    }
}

fn hosts(out: &mut String, topology: &Topology) {
    let mut width = 0;
    for host in &topology.hosts {
        width = width.max(host.name.len());
    }
    for (number, host) in topology.hosts.iter().enumerate() {
        let router = if host.router { "  router" } else { "" };
        let mut nat = String::new();
        for words in translations(topology, number) {
            nat += &format!(", {words}");
        }
        let addresses = addresses(topology, number).join(", ");
        let _ = writeln!(out, "{:width$}  {addresses}{router}{nat}", host.name);
    }
}

/// Describes each link on which the host translates addresses.
fn translations(topology: &Topology, host: usize) -> Vec<String> {
    let mut all = Vec::new();
    for (port, mapping) in &topology.hosts[host].masquerades {
        let segment = &topology.segments[topology.ports[*port].segment];
        all.push(format!("{} {}", mapping.words(), segment.name));
    }
    all
}

fn addresses(topology: &Topology, host: usize) -> Vec<String> {
    let mut addresses = Vec::new();
    for port in &topology.hosts[host].ports {
        for (address, _) in &topology.ports[*port].addresses {
            addresses.push(address.to_string());
        }
    }
    addresses
}

fn switch(out: &mut String, topology: &Topology, cables: &[(usize, &Link)]) {
    for (at, (port, link)) in cables.iter().enumerate() {
        let branch = if at + 1 == cables.len() { "└" } else { "├" };
        let conditions = words(&link.conditions_from(host_id(topology, *port)));
        let conditions = if conditions.is_empty() {
            "─".to_owned()
        } else {
            format!(" {conditions} ")
        };
        let _ = writeln!(out, "{branch}─{conditions}─ {}", host_name(topology, *port));
    }
}

/// Describes both directions, once if they are the same.
fn both_directions(topology: &Topology, link: &Link, a: usize, b: usize) -> String {
    if link.direct {
        return " direct ".to_owned();
    }
    let from = |port| words(&link.conditions_from(host_id(topology, port)));
    match (from(a), from(b)) {
        (there, back) if there == back && there.is_empty() => "──".to_owned(),
        (there, back) if there == back => format!(" {there} "),
        (there, back) if back.is_empty() => format!(" → {there} "),
        (there, back) if there.is_empty() => format!(" ← {back} "),
        (there, back) => format!(" → {there}; ← {back} "),
    }
}

fn host_id(topology: &Topology, port: usize) -> HostId {
    HostId {
        plan: topology.plan,
        number: topology.ports[port].host,
    }
}

fn host_name(topology: &Topology, port: usize) -> &str {
    &topology.hosts[topology.ports[port].host].name
}

/// Returns text such as `delay 10ms, loss 1%`, or an empty text if there are no conditions.
fn words(conditions: &Conditions) -> String {
    let Conditions {
        delay,
        jitter,
        loss,
        bursts,
        duplicate,
        reorder,
        rate,
        queue,
    } = conditions;
    let mut all = Vec::new();
    add_time(&mut all, "delay", *delay);
    add_time(&mut all, "jitter", *jitter);
    add_share(&mut all, "loss", *loss);
    match bursts {
        Some((share, mean)) if *share > 0.0 => {
            all.push(format!("loss {}% in bursts of {mean}", Percent(*share)));
        }
        _ => {}
    }
    add_share(&mut all, "duplicate", *duplicate);
    add_share(&mut all, "reorder", *reorder);
    if let Some(bits) = rate {
        all.push(format!("rate {}", Rate(*bits)));
    }
    if let Some(time) = queue {
        all.push(format!("queue {time:?}"));
    }
    all.join(", ")
}

fn add_time(all: &mut Vec<String>, name: &str, time: Duration) {
    if !time.is_zero() {
        all.push(format!("{name} {time:?}"));
    }
}

fn add_share(all: &mut Vec<String>, name: &str, share: f64) {
    if share > 0.0 {
        all.push(format!("{name} {}%", Percent(share)));
    }
}

/// A share in percent, without the digits that only binary fractions cause.
struct Percent(f64);

impl fmt::Display for Percent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:.4}", self.0 * 100.0);
        out.write_str(digits.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// Bits a second, in the largest unit without a fraction.
struct Rate(u64);

impl fmt::Display for Rate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [
            (1_000_000_000, "Gbit/s"),
            (1_000_000, "Mbit/s"),
            (1_000, "kbit/s"),
        ];
        for (size, unit) in units {
            if self.0 >= size && self.0 % size == 0 {
                return write!(out, "{} {unit}", self.0 / size);
            }
        }
        write!(out, "{} bit/s", self.0)
    }
}
