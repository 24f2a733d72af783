//! Two hosts and a cable between them, set up with ip(8).
//!
//! Without namespaces: it requires root, the host's real interfaces and routes change, and
//! interface names are global.
//!
//! `net` gives the test a network to build in. `tmpfs = "/run"` is the place where `ip netns` keeps
//! the second host.

use std::fs;
use std::io;
use std::net::Ipv4Addr;
use std::process::Command;
use std::time::Duration;

use ns_test::ns_test;
use ns_test_examples::ping::ping;

const BLUE: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const PATIENCE: Duration = Duration::from_secs(5);

/// The code under test: returns whether a cable is plugged in at both ends.
fn has_carrier(interface: &str) -> bool {
    // An interface that is down has no carrier state: EINVAL.
    let carrier = fs::read_to_string(format!("/sys/class/net/{interface}/carrier"));
    carrier.is_ok_and(|text| text.trim() == "1")
}

fn ip(arguments: &str) -> io::Result<()> {
    let output = match Command::new("ip").args(arguments.split(' ')).output() {
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => {
            ns_test::skip!("iproute2 is not installed")
        }
        output => output?,
    };
    let failed = || {
        io::Error::other(format!(
            "ip {arguments}: {}",
            String::from_utf8_lossy(&output.stderr)
        ))
    };
    output.status.success().then_some(()).ok_or_else(failed)
}

/// Connects 10.0.0.1 (local) with 10.0.0.2 (blue).
fn connect_blue() -> io::Result<()> {
    ip("netns add blue")?;
    ip("link add cable type veth peer name cable netns blue")?;
    ip("address add 10.0.0.1/24 dev cable")?;
    ip("-netns blue address add 10.0.0.2/24 dev cable")?;
    ip("link set cable up")?;
    ip("-netns blue link set cable up")
}

#[ns_test(net, mount(tmpfs = "/run"))]
fn the_other_machine_answers() -> io::Result<()> {
    connect_blue()?;
    ping(BLUE, PATIENCE).map(drop)
}

#[ns_test(net, mount(tmpfs = "/run"))]
fn a_pulled_plug_is_seen() -> io::Result<()> {
    connect_blue()?;
    assert!(has_carrier("cable"));
    ip("-netns blue link set cable down")?;
    assert!(!has_carrier("cable"));
    Ok(())
}

ns_test::main!();
