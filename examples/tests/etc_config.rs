//! A program whose configuration is in /etc, and nowhere else.
//!
//! Without namespaces: the tests take root and edit the machine's own /etc, or the program learns a `--config` just for them,
//! and its default path is what is never tested.
//!
//! `overlay = "/etc"` makes /etc writable for the test: all that the machine has there is still there, and what the test writes
//! goes with it. Files can be added, replaced and removed. Only to edit one of the machine's in its place takes the root that it
//! belongs to, who is somebody else.

use std::fs;
use std::io::{self, ErrorKind};

use ns_test::ns_test;

/// The program under test: its port, by /etc/toyd.conf and the files of /etc/toyd.conf.d, of which the last one wins.
fn port() -> io::Result<u16> {
    let mut files = vec!["/etc/toyd.conf".into()];
    if let Ok(entries) = fs::read_dir("/etc/toyd.conf.d") {
        files.extend(entries.filter_map(|entry| Some(entry.ok()?.path())));
    }
    files.sort();
    let mut port = 8080;
    for file in files {
        let text = match fs::read_to_string(&file) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            other => other?,
        };
        if let Some(value) = text.lines().find_map(|line| line.strip_prefix("port = ")) {
            port = value
                .parse()
                .map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
        }
    }
    Ok(port)
}

#[ns_test(mount(overlay = "/etc"))]
fn a_port_may_be_configured() -> io::Result<()> {
    fs::write("/etc/toyd.conf", "port = 80\n")?;
    assert_eq!(port()?, 80);
    Ok(())
}

#[ns_test(mount(overlay = "/etc"))]
fn the_last_file_wins() -> io::Result<()> {
    fs::write("/etc/toyd.conf", "port = 80\n")?;
    fs::create_dir("/etc/toyd.conf.d")?;
    fs::write("/etc/toyd.conf.d/20-site", "port = 82\n")?;
    fs::write("/etc/toyd.conf.d/10-package", "port = 81\n")?;
    assert_eq!(port()?, 82);
    Ok(())
}

#[ns_test(mount(overlay = "/etc"))]
fn without_a_file_there_is_a_default() -> io::Result<()> {
    assert_eq!(port()?, 8080);
    Ok(())
}

#[ns_test(mount(overlay = "/etc"))]
fn nonsense_is_refused() -> io::Result<()> {
    fs::write("/etc/toyd.conf", "port = http\n")?;
    assert_eq!(
        port().expect_err("no number").kind(),
        ErrorKind::InvalidData
    );
    Ok(())
}

/// A file that the machine has, too: written anew, and put in its place, as careful programs do.
#[ns_test(mount(overlay = "/etc"))]
fn files_of_the_machine_can_be_replaced() -> io::Result<()> {
    fs::write("/etc/passwd.new", "toyd:x:0:0::/:/bin/false\n")?;
    fs::rename("/etc/passwd.new", "/etc/passwd")?;
    assert!(fs::read_to_string("/etc/passwd")?.starts_with("toyd:"));
    Ok(())
}

/// A fixture can lie there as well.
#[ns_test(mount(
    overlay = "/etc",
    bind("tests/fixtures/toyd.conf", "/etc/toyd.conf", ro)
))]
fn the_example_of_the_manual_is_right() -> io::Result<()> {
    assert_eq!(port()?, 443);
    Ok(())
}

ns_test::main!();
