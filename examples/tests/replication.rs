//! Streaming replication of PostgreSQL: two servers on two hosts, a partition between them, and a
//! promotion.
//!
//! Without namespaces: two containers on one engine's network, with a proxy that the test
//! interrupts. Each test takes seconds.
//!
//! The primary's directory is prepared once. Both servers use port 5432, each on its own host.

use std::error::Error;
use std::fs;
use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use ns_test::network::{Host, HostId, Link, LinkId, Network};
use ns_test::ns_test;
use ns_test::service::{Ready, Service};
use ns_test_examples::postgresql::{self, init_db, program, psql, text};

/// Runs once; every test gets its own copy of the result.
fn primary_directory(directory: &Path) -> io::Result<()> {
    init_db(directory)?;
    let access = "local all all trust\nhost all,replication postgres samenet trust\n";
    fs::write(directory.join("pg_hba.conf"), access)
}

fn postgres(host: &Host, directory: &str) -> Service {
    let mut command = postgresql::postgres(directory);
    command.args(["-c", "listen_addresses=*"]);
    // Both hosts would see the directory of a Unix socket.
    command.args(["-c", "unix_socket_directories="]);
    postgresql::ready(host.service(command))
}

struct Cluster {
    network: Network,
    cable: LinkId,
    primary: HostId,
    standby: HostId,
    _servers: [Service; 2],
}

impl Cluster {
    /// Starts a primary, and a standby that follows it.
    fn start() -> Result<Self, Box<dyn Error>> {
        let mut plan = Network::plan();
        let (primary, standby) = (plan.host("primary"), plan.host("standby"));
        let cable = plan.link(primary, standby, Link::new());
        let network = plan.build()?;
        let first = postgres(&network[primary], "/srv/db").start()?;
        let mut copy = program("pg_basebackup");
        copy.args(["-h", "primary", "-U", "postgres", "-c", "fast", "--no-sync"]);
        copy.args(["--write-recovery-conf", "-D", "/tmp/standby"]);
        assert!(network[standby].run(|| copy.status())?.success());
        let follows = Ready::notified().and(Ready::log("started streaming WAL"));
        let second = postgres(&network[standby], "/tmp/standby")
            .ready(follows)
            .start()?;
        Ok(Self {
            network,
            cable,
            primary,
            standby,
            _servers: [first, second],
        })
    }

    fn sql(&self, host: HostId, statement: &str) -> io::Result<String> {
        let host = &self.network[host];
        text(&host.run(|| psql(host.name(), statement).output())?)
    }

    /// Waits for a count, since replication is asynchronous. The test's timeout limits the wait.
    fn wait_for_orders(&self, host: HostId, count: &str) -> io::Result<()> {
        while self.sql(host, "SELECT count(*) FROM orders")? != count {
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

#[ns_test(
    user(uid = 1000),
    net,
    mount(tmpfs = "/srv", prepared("/srv/db", primary_directory))
)]
fn a_standby_follows() -> Result<(), Box<dyn Error>> {
    let cluster = Cluster::start()?;
    cluster.sql(cluster.primary, "CREATE TABLE orders AS SELECT 'tea'")?;
    while cluster.sql(cluster.standby, "SELECT to_regclass('orders')")? != "orders" {
        thread::sleep(Duration::from_millis(5));
    }
    cluster.wait_for_orders(cluster.standby, "1")?;
    let refused = cluster.sql(cluster.standby, "INSERT INTO orders VALUES ('milk')");
    assert!(refused.is_err(), "a standby is read-only");
    Ok(())
}

#[ns_test(
    user(uid = 1000),
    net,
    mount(tmpfs = "/srv", prepared("/srv/db", primary_directory))
)]
fn a_promoted_standby_takes_over() -> Result<(), Box<dyn Error>> {
    let cluster = Cluster::start()?;
    cluster.sql(cluster.primary, "CREATE TABLE orders (item text)")?;
    cluster.sql(cluster.primary, "INSERT INTO orders VALUES ('tea')")?;
    while cluster.sql(cluster.standby, "SELECT to_regclass('orders')")? != "orders" {
        thread::sleep(Duration::from_millis(5));
    }
    cluster.wait_for_orders(cluster.standby, "1")?;

    let cut = cluster.network.cut(cluster.cable);
    // The primary does not know yet that its standby is gone.
    cluster.sql(cluster.primary, "INSERT INTO orders VALUES ('lost')")?;
    assert_eq!(cluster.sql(cluster.standby, "SELECT pg_promote()")?, "t");
    cluster.sql(cluster.standby, "INSERT INTO orders VALUES ('milk')")?;
    cut.heal();

    // Two primaries: each has only its own writes of the partition.
    let orders = "SELECT string_agg(item, ' ' ORDER BY item) FROM orders";
    assert_eq!(cluster.sql(cluster.standby, orders)?, "milk tea");
    assert_eq!(cluster.sql(cluster.primary, orders)?, "lost tea");
    Ok(())
}

ns_test::main!();
