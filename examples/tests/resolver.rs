//! Code that resolves a name by /etc/hosts.
//!
//! Without namespaces: editing /etc/hosts requires root, all tests share it, and a test that
//! crashes leaves its lines there. A query for any other name reaches a real name server.
//!
//! `mount(bind(..))` replaces it with a file of the repository, only for this test. `net` isolates
//! the test from name servers.

use std::io;
use std::net::{IpAddr, ToSocketAddrs};

use ns_test::ns_test;

/// The code under test: returns the database's address, IPv4 first.
fn database() -> io::Result<Vec<IpAddr>> {
    let found = ("db.test", 5432).to_socket_addrs()?;
    let mut addresses: Vec<IpAddr> = found.map(|address| address.ip()).collect();
    addresses.sort();
    addresses.dedup();
    Ok(addresses)
}

#[ns_test(net, mount(bind("tests/fixtures/hosts", "/etc/hosts", ro)))]
fn finds_both_addresses() -> io::Result<()> {
    let expected: [IpAddr; 2] = [
        [192, 0, 2, 10].into(),
        [0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x10].into(),
    ];
    assert_eq!(database()?, expected);
    Ok(())
}

#[ns_test(net, mount(bind("tests/fixtures/hosts.failover", "/etc/hosts", ro)))]
fn finds_the_standby_after_a_failover() -> io::Result<()> {
    let standby: IpAddr = [192, 0, 2, 20].into();
    assert_eq!(database()?, [standby]);
    Ok(())
}

/// /run is empty as well, because a resolver on the host has its socket there.
#[ns_test(net, mount(bind("/dev/null", "/etc/hosts"), tmpfs = "/run"))]
fn says_so_when_there_is_no_database() {
    assert!(database().is_err());
}

ns_test::main!();
