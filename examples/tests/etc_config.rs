//! A program whose only configuration is in /etc.
//!
//! Without namespaces: the tests require root and edit the machine's own /etc. Or the program gets
//! a `--config` option only for tests, which never cover its default path.
//!
//! `overlay = "/etc"` makes /etc writable for the test. The host's files are visible, and the
//! overlay discards the test's changes. The test can add, replace and remove files. It cannot edit
//! one in place that belongs to the host's root, which is a different user here.

use std::fs;
use std::io::{self, ErrorKind};

use ns_test::ns_test;

/// The program under test: reads its port from /etc/toyd.conf and the files of /etc/toyd.conf.d.
/// The last file takes precedence.
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

/// Replaces a file that the host also has, by a new file and a rename, as careful programs do.
#[ns_test(mount(overlay = "/etc"))]
fn files_of_the_machine_can_be_replaced() -> io::Result<()> {
    fs::write("/etc/passwd.new", "toyd:x:0:0::/:/bin/false\n")?;
    fs::rename("/etc/passwd.new", "/etc/passwd")?;
    assert!(fs::read_to_string("/etc/passwd")?.starts_with("toyd:"));
    Ok(())
}

/// A fixture can also be bound over the file.
#[ns_test(mount(
    overlay = "/etc",
    bind("tests/fixtures/toyd.conf", "/etc/toyd.conf", ro)
))]
fn the_example_of_the_manual_is_right() -> io::Result<()> {
    assert_eq!(port()?, 443);
    Ok(())
}

ns_test::main!();
