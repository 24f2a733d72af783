//! A PostgreSQL for each test, with the tables that the migrations create.
//!
//! Without namespaces: you start one server by hand, each test needs a database with a name of its
//! own, and each database repeats the migrations. A test that crashes leaves its database behind.
//!
//! `initdb` runs once, and the migrations run once on top of it. A new migration does not repeat
//! `initdb`. Each test starts a server on a copy-on-write view of the result, in about 50 ms.

use std::fs;
use std::io;
use std::path::Path;

use ns_test::ns_test;
use ns_test::service::Service;
use ns_test_examples::postgresql::{self, init_db, sql};

const DIRECTORY: &str = "/srv/db";

/// Creates the tables. When it returns, the service is dropped and stops gracefully: a preparation
/// keeps what the server writes.
fn migrate(_directory: &Path) -> io::Result<()> {
    let _postgres = postgres()?;
    sql("CREATE TABLE orders (id serial PRIMARY KEY, item text NOT NULL)")?;
    sql("ALTER TABLE orders ADD amount integer NOT NULL DEFAULT 1 CHECK (amount > 0)")?;
    Ok(())
}

fn postgres() -> io::Result<Service> {
    let command = postgresql::postgres(DIRECTORY);
    Ok(postgresql::service(command).start()?)
}

#[ns_test(user(uid = 1000), net, mount(tmpfs = "/srv", prepared("/srv/db", migrate, from = init_db)))]
fn an_order_is_stored() -> io::Result<()> {
    let _postgres = postgres()?;
    sql("INSERT INTO orders (item) VALUES ('tea')")?;
    assert_eq!(sql("SELECT id, item, amount FROM orders")?, "1|tea|1");
    Ok(())
}

#[ns_test(user(uid = 1000), net, mount(tmpfs = "/srv", prepared("/srv/db", migrate, from = init_db)))]
fn an_order_of_nothing_is_refused() -> io::Result<()> {
    let _postgres = postgres()?;
    let refused = sql("INSERT INTO orders (item, amount) VALUES ('tea', 0)");
    assert!(
        refused
            .expect_err("the amount is checked")
            .to_string()
            .contains("orders_amount_check")
    );
    assert_eq!(
        sql("SELECT count(*) FROM orders")?,
        "0",
        "other tests have their own"
    );
    Ok(())
}

/// Impossible with a shared server, whose other tests would lose their data.
#[ns_test(user(uid = 1000), net, mount(tmpfs = "/srv", prepared("/srv/db", migrate, from = init_db)))]
fn an_order_survives_a_crash() -> io::Result<()> {
    let postgres = postgres()?;
    sql("INSERT INTO orders (item) VALUES ('tea')")?;
    postgres.signal(libc::SIGKILL)?;
    postgres.restart()?;
    assert_eq!(sql("SELECT item FROM orders")?, "tea");
    Ok(())
}

/// The server removes a directory of the prepared database, which the overlay must support.
#[ns_test(user(uid = 1000), net, mount(tmpfs = "/srv", prepared("/srv/db", migrate, from = init_db)))]
fn a_database_is_dropped() -> io::Result<()> {
    let _postgres = postgres()?;
    let directories = || Ok::<_, io::Error>(fs::read_dir(format!("{DIRECTORY}/base"))?.count());
    let before = directories()?;
    sql("UPDATE pg_database SET datistemplate = false WHERE datname = 'template1'")?;
    sql("DROP DATABASE template1")?;
    assert_eq!(directories()?, before - 1);
    Ok(())
}

ns_test::main!();
