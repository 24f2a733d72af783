//! A program that sets the host name, and one that depends on it.
//!
//! Without namespaces: it requires root, and renames the machine under all running programs.
//!
//! `uts` gives the test a host name of its own: a copy of the host's, or the one in the attribute.

use std::fs;
use std::io;
use std::net::ToSocketAddrs;
use std::process::Command;

use ns_test::ns_test;

/// The program under test: sets the host name from a file, as at boot.
fn take_name_from(file: &str) -> io::Result<()> {
    let name = fs::read_to_string(file)?;
    let status = Command::new("hostname").arg(name.trim()).status()?;
    status
        .success()
        .then_some(())
        .ok_or_else(|| io::Error::other("hostname failed"))
}

/// Another program under test: a host named `db` and a number is a database, any other is a web
/// server.
fn role() -> io::Result<&'static str> {
    let name = host_name()?;
    let number = name.strip_prefix("db").map(str::parse::<u32>);
    Ok(if matches!(number, Some(Ok(_))) {
        "database"
    } else {
        "web server"
    })
}

fn host_name() -> io::Result<String> {
    Ok(fs::read_to_string("/proc/sys/kernel/hostname")?
        .trim()
        .to_owned())
}

#[ns_test(uts)]
fn the_name_is_taken() -> io::Result<()> {
    take_name_from("tests/fixtures/hostname")?;
    assert_eq!(host_name()?, "db7");
    Ok(())
}

#[ns_test(uts(hostname = "unnamed"))]
fn without_a_file_the_name_stays() -> io::Result<()> {
    assert!(take_name_from("tests/fixtures/no-such-file").is_err());
    assert_eq!(host_name()?, "unnamed");
    Ok(())
}

#[ns_test(uts(hostname = "db12"))]
fn a_database_knows_its_role() -> io::Result<()> {
    assert_eq!(role()?, "database");
    Ok(())
}

#[ns_test(uts(hostname = "dbadmin"))]
fn all_others_are_web_servers() -> io::Result<()> {
    assert_eq!(role()?, "web server");
    Ok(())
}

/// With `mount`, /etc/hosts also contains the name from the attribute.
#[ns_test(uts(hostname = "db12"), mount)]
fn a_machine_finds_itself_by_name() -> io::Result<()> {
    let mut addresses = (&*host_name()?, 5432).to_socket_addrs()?;
    assert!(addresses.all(|address| address.ip().is_loopback()));
    Ok(())
}

ns_test::main!();
