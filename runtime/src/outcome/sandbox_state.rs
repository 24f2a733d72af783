//! The state of a sandbox's network and mounts, read from the /proc files of its init.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::sys::procfs;

/// Returns links, addresses, routes, listening sockets and mounts as text for the user.
pub(crate) fn describe(init: u32) -> String {
    let read = |file: &str| procfs::read(format!("/proc/{init}/{file}")).unwrap_or_default();
    let sections = [
        ("links", links(&read("net/dev"))),
        (
            "addresses",
            addresses(&read("net/fib_trie"), &read("net/if_inet6")),
        ),
        ("routes", routes(&read("net/route"))),
        ("listening sockets", listeners(&read)),
        ("mounts", mounts(&read("mountinfo"))),
    ];
    let mut text = String::new();
    for (title, lines) in sections {
        let _ = writeln!(text, "{title}:");
        for line in if lines.is_empty() {
            vec!["none".to_owned()]
        } else {
            lines
        } {
            let _ = writeln!(text, "    {line}");
        }
    }
    text
}

fn links(dev: &str) -> Vec<String> {
    let mut names = Vec::new();
    for line in dev.lines().skip(2) {
        if let Some((name, _)) = line.split_once(':') {
            names.push(name.trim().to_owned());
        }
    }
    names
}

/// Parses addresses: IPv4 from the leaves of the local table, which repeats each for every prefix,
/// and IPv6 as in `proc_pid_net(5)`.
fn addresses(fib_trie: &str, if_inet6: &str) -> Vec<String> {
    let lines: Vec<&str> = fib_trie.lines().collect();
    let mut all: Vec<String> = Vec::new();
    for pair in lines.windows(2) {
        let local = pair[1].contains("/32 host LOCAL");
        match pair[0].split_once("|-- ") {
            Some((_, address)) if local && !all.iter().any(|known| known == address) => {
                all.push(address.to_owned());
            }
            _ => {}
        }
    }
    for line in if_inet6.lines() {
        all.extend(ipv6_address(line));
    }
    all
}

/// Returns the address of a line of /proc/net/if_inet6.
fn ipv6_address(line: &str) -> Option<String> {
    let mut fields = line.split_whitespace();
    let address = Ipv6Addr::from(u128::from_str_radix(fields.next()?, 16).ok()?);
    let prefix = u8::from_str_radix(fields.nth(1)?, 16).ok()?;
    Some(format!("{address}/{prefix} on {}", fields.nth(2)?))
}

/// Parses the main IPv4 table.
fn routes(table: &str) -> Vec<String> {
    table.lines().skip(1).filter_map(route).collect()
}

fn route(line: &str) -> Option<String> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let address = |at: usize| {
        Some(Ipv4Addr::from(
            u32::from_str_radix(fields.get(at)?, 16).ok()?.swap_bytes(),
        ))
    };
    let prefix = u32::from(address(7)?).count_ones();
    let gateway = address(2).filter(|gateway| !gateway.is_unspecified());
    let via = gateway.map_or_else(String::new, |gateway| format!(" via {gateway}"));
    Some(format!(
        "{}/{prefix}{via} on {}",
        address(1)?,
        fields.first()?
    ))
}

fn listeners(read: &dyn Fn(&str) -> String) -> Vec<String> {
    /// TCP_LISTEN and the state of an unconnected UDP socket, from the kernel's `tcp_states.h`.
    const STATES: [(&str, &str); 4] =
        [("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07")];
    let mut all = Vec::new();
    for (protocol, wanted) in STATES {
        for line in read(&format!("net/{protocol}")).lines().skip(1) {
            all.extend(listener(protocol, wanted, line));
        }
    }
    for line in read("net/unix").lines().skip(1) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        // __SO_ACCEPTCON: the socket is listening.
        if fields.get(3) == Some(&"00010000") {
            let name = fields.get(7).unwrap_or(&"without a name");
            all.push(format!("unix {name}"));
        }
    }
    all
}

/// Returns the listener of a line of /proc/net, if its socket is in this state.
fn listener(protocol: &str, wanted: &str, line: &str) -> Option<String> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (address, port) = fields.get(1)?.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    if fields.get(3) != Some(&wanted) {
        return None;
    }
    Some(format!("{protocol} {} port {port}", address_of(address)?))
}

/// Parses an address from a socket table: words in the machine's byte order, in hex.
fn address_of(hex: &str) -> Option<IpAddr> {
    let word = |at: usize| {
        u32::from_str_radix(hex.get(at..at + 8)?, 16)
            .ok()
            .map(u32::swap_bytes)
    };
    match hex.len() {
        8 => Some(Ipv4Addr::from(word(0)?).into()),
        32 => {
            let words = [word(0)?, word(8)?, word(16)?, word(24)?];
            Some(
                Ipv6Addr::from(
                    words
                        .into_iter()
                        .fold(0, |all, word| all << 32 | u128::from(word)),
                )
                .into(),
            )
        }
        _ => None,
    }
}

fn mounts(mountinfo: &str) -> Vec<String> {
    let mounts = procfs::mounts(mountinfo).into_iter();
    mounts
        .map(|mount| format!("{} {} {}", mount.point, mount.kind, mount.options))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_the_kernel_are_read() {
        assert_eq!(
            address_of("0100007F"),
            Some(IpAddr::from(Ipv4Addr::LOCALHOST))
        );
        assert_eq!(
            address_of("00000000000000000000000001000000"),
            Some(IpAddr::from(Ipv6Addr::LOCALHOST))
        );
        let table = "Iface\tDestination\n\
                     a0\t00000A0A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n\
                     a0\t00000000\t01000A0A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n";
        assert_eq!(
            routes(table),
            ["10.10.0.0/16 on a0", "0.0.0.0/0 via 10.10.0.1 on a0"]
        );
    }
}
