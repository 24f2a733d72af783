//! A program that sets the host name, and one that goes by it.
//!
//! Without namespaces: it takes root, and renames the machine under all that runs on it.
//!
//! `uts` gives the test a host name of its own: the machine's to begin with, or the one that the attribute says.

use std::fs;
use std::io;
use std::net::ToSocketAddrs;
use std::process::Command;

use ns_test::ns_test;

/// The program under test: gives a machine the name that its file says, as at boot.
fn take_name_from(file: &str) -> io::Result<()> {
    let name = fs::read_to_string(file)?;
    let status = Command::new("hostname").arg(name.trim()).status()?;
    status
        .success()
        .then_some(())
        .ok_or_else(|| io::Error::other("hostname failed"))
}

/// Another one: `db` and a number is a database, anything else a web server.
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

/// With `mount` the name that the attribute gives is in /etc/hosts, too.
#[ns_test(uts(hostname = "db12"), mount)]
fn a_machine_finds_itself_by_name() -> io::Result<()> {
    let mut addresses = (&*host_name()?, 5432).to_socket_addrs()?;
    assert!(addresses.all(|address| address.ip().is_loopback()));
    Ok(())
}

ns_test::main!();
