//! Redis on two hosts: a replica follows its primary, loses it in a partition, and catches up.
//!
//! Without namespaces: two containers on one engine's network, with a proxy between them that the
//! test interrupts.

use std::error::Error;
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use ns_test::network::{Host, Link, Network};
use ns_test::ns_test;
use ns_test::service::{Ready, Service};

fn redis(host: &Host, more: &[&str]) -> Service {
    if Command::new("redis-server")
        .arg("--version")
        .output()
        .is_err()
    {
        ns_test::skip!("redis-server is not installed (Debian: redis-server)");
    }
    let mut command = Command::new("redis-server");
    command.args(["--bind", "* -::*", "--protected-mode", "no", "--save", ""]);
    command
        .args(["--supervised", "systemd", "--repl-ping-replica-period", "1"])
        .args(more);
    host.service(&command).ready(Ready::notified())
}

/// Sends a command and returns the first line of the reply, or the second line for a bulk string.
fn ask(host: &Host, words: &str) -> io::Result<String> {
    let mut connection = host.run(|| TcpStream::connect("localhost:6379"))?;
    connection.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(connection, "{words}\r\n")?;
    let mut lines = BufReader::new(connection).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    match first.starts_with('$') && first != "$-1" {
        true => lines.next().unwrap_or_else(|| Ok(String::new())),
        false => Ok(first),
    }
}

/// Waits until the host has this value.
fn has(host: &Host, value: &str, at_most: Duration) -> io::Result<bool> {
    let begin = Instant::now();
    while begin.elapsed() < at_most {
        if ask(host, "GET key")? == value {
            return Ok(true);
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(false)
}

#[ns_test(net, mount(tmpfs = "/run"), pid, timeout = "120s")]
fn a_replica_catches_up_after_a_partition() -> Result<(), Box<dyn Error>> {
    let mut plan = Network::plan();
    let (primary, replica) = (plan.host("primary"), plan.host("replica"));
    let link = plan.link(
        primary,
        replica,
        Link::new().delay(Duration::from_millis(2)),
    );
    let network = plan.build()?;
    let (primary, replica) = (&network[primary], &network[replica]);
    std::env::set_current_dir("/tmp")?;
    let _primary = redis(primary, &[]).start()?;
    let _replica = redis(replica, &["--replicaof", "primary", "6379"]).start()?;

    assert_eq!(ask(primary, "SET key before")?, "+OK");
    assert!(has(replica, "before", Duration::from_secs(60))?);
    let cut = network.cut(link);
    assert_eq!(ask(primary, "SET key after")?, "+OK");
    assert!(
        !has(replica, "after", Duration::from_millis(300))?,
        "it is cut off"
    );
    cut.heal();
    assert!(has(replica, "after", Duration::from_secs(60))?);
    Ok(())
}

ns_test::main!();
