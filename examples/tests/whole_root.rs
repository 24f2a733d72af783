//! A whole system that the test builds, with a service as PID 1. Its changes are discarded at the
//! end.
//!
//! Without namespaces: an image is built and pulled, an engine starts it, and the test reaches it
//! through a mapped port.
//!
//! `Sandbox::root` with `overlay("/")` makes a directory a writable system whose changes are
//! discarded, and `as_init` makes the program PID 1. The system is one made with debootstrap
//! (`NS_TEST_EXAMPLE_ROOT=DIRECTORY`), or by default one with only busybox.

use std::error::Error;
use std::fs;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use ns_test::{Child, Sandbox, ns_test};

/// Builds a system of one static program with many names.
fn make_system(root: &Path) -> io::Result<()> {
    let busybox = ["/bin/busybox", "/usr/bin/busybox"];
    let Some(busybox) = busybox.into_iter().find(|path| Path::new(path).exists()) else {
        ns_test::skip!("busybox is not installed (Debian: busybox-static)");
    };
    for directory in ["bin", "etc", "proc", "sys", "dev", "tmp", "srv"] {
        fs::create_dir_all(root.join(directory))?;
    }
    fs::copy(busybox, root.join("bin/busybox"))?;
    for name in ["sh", "httpd", "kill"] {
        symlink("busybox", root.join("bin").join(name))?;
    }
    fs::write(root.join("etc/passwd"), "root:x:0:0::/:/bin/sh\n")?;
    fs::write(root.join("srv/index.html"), "from the image\n")
}

/// Returns the system's directory: the caller's, or one in the test's own /tmp.
fn system() -> io::Result<PathBuf> {
    if let Some(given) = std::env::var_os("NS_TEST_EXAMPLE_ROOT") {
        return Ok(given.into());
    }
    let root = PathBuf::from("/tmp/system");
    make_system(&root)?;
    Ok(root)
}

/// Starts a script as PID 1 of the system, in the test's network.
fn boot(root: &Path, script: &str) -> Result<Child, Box<dyn Error>> {
    let root = root.to_str().ok_or("the path is UTF-8")?;
    let inside = Sandbox::new().root(root).overlay("/").as_init();
    Ok(inside.command("/bin/sh").args(["-c", script]).spawn()?)
}

/// Queries the web server until it responds. The test's timeout limits the wait.
fn page() -> io::Result<String> {
    let mut connection = loop {
        match TcpStream::connect("127.0.0.1:80") {
            Ok(connection) => break connection,
            Err(_) => thread::sleep(Duration::from_millis(10)),
        }
    };
    connection.write_all(b"GET /index.html HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    Ok(answer)
}

#[ns_test(net, mount, pid, timeout = "60s")]
fn a_service_is_pid_1_of_its_own_system() -> Result<(), Box<dyn Error>> {
    let root = system()?;
    let script = "echo \"written by pid $$\" > /srv/index.html; exec /bin/httpd -f -p 80 -h /srv";
    let mut server = boot(&root, script)?;
    assert!(page()?.ends_with("written by pid 1\n"));
    server.kill();
    server.wait()?;

    // The next system starts from the same directory: the changes of the first one are gone.
    let mut server = boot(&root, "exec /bin/httpd -f -p 80 -h /srv")?;
    assert!(page()?.ends_with("from the image\n"));
    server.kill();
    Ok(())
}

ns_test::main!();
