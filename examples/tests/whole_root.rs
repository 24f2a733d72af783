//! A whole system that the suite makes once, with a service as PID 1, on a host of a network. Its
//! changes are discarded at the end.
//!
//! Without namespaces: an image is built and pulled, an engine starts it, and the test reaches it
//! through a mapped port.
//!
//! The system is one static program, busybox. With `NS_TEST_EXAMPLE_DEBIAN=bookworm` it is Debian's
//! release of this name: mmdebstrap downloads it, for which the sandbox has several ids and no
//! `net`. `Sandbox::root` with `overlay("/")` makes the directory a writable system whose changes
//! are discarded, and `as_init` makes the program PID 1.

use std::env;
use std::error::Error;
use std::fs;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::thread;
use std::time::Duration;

use nix::sched::{CloneFlags, unshare};
use ns_test::network::{Host, Link, Network};
use ns_test::{Child, Harness, Sandbox};

const SYSTEM: &str = "/srv/system";
/// The variable that names a release of Debian.
const DEBIAN: &str = "NS_TEST_EXAMPLE_DEBIAN";

/// Builds a system of one static program with many names.
fn busybox(root: &Path) -> io::Result<()> {
    let busybox = ["/bin/busybox", "/usr/bin/busybox"];
    let Some(busybox) = busybox.into_iter().find(|path| Path::new(path).exists()) else {
        ns_test::skip!("busybox is not installed (Debian: busybox-static)");
    };
    for directory in ["bin", "etc", "proc", "sys", "dev", "tmp", "srv"] {
        fs::create_dir_all(root.join(directory))?;
    }
    fs::copy(busybox, root.join("bin/busybox"))?;
    symlink("busybox", root.join("bin/sh"))?;
    fs::write(root.join("etc/passwd"), "root:x:0:0::/:/bin/sh\n")
}

/// Installs a Debian, with busybox for its web server.
fn debian(root: &Path) -> io::Result<()> {
    let release = env::var(DEBIAN).unwrap_or_default();
    let mut mmdebstrap = Command::new("mmdebstrap");
    mmdebstrap.args([
        "--mode=root",
        "--variant=essential",
        "--include=busybox-static",
    ]);
    mmdebstrap.arg(release).arg(root);
    assert!(mmdebstrap.status()?.success());
    Ok(())
}

/// Starts a script as PID 1 of the system, on this host.
fn boot(host: &Host, script: &str) -> Result<Child, Box<dyn Error>> {
    let inside = Sandbox::new().root(SYSTEM).overlay("/").as_init();
    let mut shell = host.command_in(&inside, "/bin/sh");
    Ok(shell.args(["-c", script]).spawn()?)
}

/// Queries the web server until it responds. The test's timeout limits the wait.
fn page(client: &Host) -> io::Result<String> {
    let mut connection = loop {
        match client.run(|| TcpStream::connect("server:80")) {
            Ok(connection) => break connection,
            Err(_) => thread::sleep(Duration::from_millis(10)),
        }
    };
    connection.write_all(b"GET /index.html HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    Ok(answer)
}

fn a_service_is_pid_1_of_its_own_system() -> Result<(), Box<dyn Error>> {
    const SERVE: &str = "exec busybox httpd -f -p 80 -h /srv";
    if env::var_os(DEBIAN).is_some() {
        // The sandbox has no `net`, which would separate mmdebstrap from the archive.
        unshare(CloneFlags::CLONE_NEWNET)?;
    }
    let mut plan = Network::plan();
    let (client, server) = (plan.host("client"), plan.host("server"));
    plan.link(client, server, Link::new());
    let network = plan.build()?;

    let script = format!("echo \"written by pid $$\" > /srv/index.html; {SERVE}");
    let mut system = boot(&network[server], &script)?;
    assert!(page(&network[client])?.ends_with("written by pid 1\n"));
    system.kill();
    system.wait()?;

    // The next system starts from the same directory: the changes of the first one are gone.
    let mut system = boot(&network[server], SERVE)?;
    assert!(page(&network[client])?.contains(" 404 Not Found"));
    system.kill();
    Ok(())
}

fn main() -> ExitCode {
    let sandbox = Sandbox::new().pid().tmpfs("/srv");
    let sandbox = match env::var_os(DEBIAN) {
        Some(_) => sandbox.user_auto().prepared(SYSTEM, debian),
        None => sandbox.net().prepared(SYSTEM, busybox),
    };
    Harness::new()
        .trial(
            "a_service_is_pid_1_of_its_own_system",
            sandbox,
            a_service_is_pid_1_of_its_own_system,
        )
        .run()
}
