//! A real server: PostgreSQL with a stale pid file, and with clients that stay connected.

use std::fs;
use std::io;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use ns_test::ns_test;
use ns_test::service::Service;

/// The file that users copy from the examples.
#[path = "../../../examples/src/postgresql.rs"]
#[expect(
    dead_code,
    unreachable_pub,
    reason = "it is a copy: other suites use the rest"
)]
mod copied;

use copied::init_db;

fn postgres() -> Service {
    copied::service(copied::postgres("/srv/db"))
}

/// Prepares a directory whose server was killed, so that its pid file remains.
fn crashed(_directory: &Path) -> io::Result<()> {
    let postgres = postgres().start()?;
    postgres.signal(libc::SIGKILL)?;
    while postgres.exit_status()?.is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

const PID_FILE: &str = "/srv/db/postmaster.pid";

/// The pid of the file does not exist in the test's pid namespace.
#[ns_test(
    user(uid = 1000),
    net,
    mount(tmpfs = "/srv", prepared("/srv/db", crashed, from = init_db))
)]
fn recovers_with_a_stale_pid_file() -> io::Result<()> {
    assert!(Path::new(PID_FILE).exists(), "the preparation left it");
    let postgres = postgres().start()?;
    let written = fs::read_to_string(PID_FILE)?;
    let pid = written.lines().next().map(str::to_owned);
    assert_eq!(pid, Some(postgres.id()?.to_string()));
    Ok(())
}

/// In a pid namespace small pids exist again. PostgreSQL then refuses to start, and says why.
#[ns_test(
    user(uid = 1000),
    net,
    mount(tmpfs = "/srv", prepared("/srv/db", crashed, from = init_db))
)]
fn refuses_a_pid_file_whose_pid_exists() -> io::Result<()> {
    let written = fs::read_to_string(PID_FILE)?;
    let (_, rest) = written.split_once('\n').expect("it has several lines");
    let mut other = Command::new("sleep").arg("600").spawn()?;
    fs::write(PID_FILE, format!("{}\n{rest}", other.id()))?;
    let error = postgres().start().expect_err("the lock file counts");
    assert!(!error.is_timeout(), "{error}");
    let text = error.to_string();
    assert!(
        text.contains("exited with status 1 before it was ready"),
        "{text}"
    );
    assert!(
        text.contains("lock file \"postmaster.pid\" already exists"),
        "{text}"
    );
    other.kill()?;
    other.wait().map(drop)
}

/// After SIGTERM, the server waits for its clients forever.
#[ns_test(
    user(uid = 1000),
    net,
    mount(tmpfs = "/srv", prepared("/srv/db", init_db))
)]
fn a_client_that_stays_keeps_it_from_stopping() -> io::Result<()> {
    let stubborn = postgres().stop_signal(libc::SIGTERM);
    let stubborn = stubborn.timeout(Duration::from_secs(5)).start()?;
    let client = Client::connect()?;
    let error = stubborn.stop().expect_err("the client stays");
    assert!(
        error
            .to_string()
            .contains("did not stop within 5s of SIGTERM and was killed"),
        "{error}"
    );
    drop((client, stubborn));
    let fast = postgres().start()?;
    let _client = Client::connect()?;
    assert_eq!(fast.stop()?.code(), Some(0), "SIGINT disconnects clients");
    Ok(())
}

/// A session that has logged in.
struct Client {
    _stream: TcpStream,
}

impl Client {
    /// Sends a startup message, and reads until the server is ready for a query:
    /// <https://www.postgresql.org/docs/current/protocol-message-formats.html>.
    fn connect() -> io::Result<Self> {
        use std::io::{Read as _, Write as _};
        const VERSION: u32 = 3 << 16;
        let parameters = b"user\0postgres\0\0";
        let length = u32::try_from(8 + parameters.len()).expect("it is short");
        let mut stream = TcpStream::connect("127.0.0.1:5432")?;
        stream.write_all(&length.to_be_bytes())?;
        stream.write_all(&VERSION.to_be_bytes())?;
        stream.write_all(parameters)?;
        loop {
            let mut head = [0; 5];
            stream.read_exact(&mut head)?;
            let [kind, length @ ..] = head;
            let length = u32::from_be_bytes(length).saturating_sub(4);
            let mut body = vec![0; length as usize];
            stream.read_exact(&mut body)?;
            match kind {
                b'Z' => return Ok(Self { _stream: stream }),
                b'E' => return Err(io::Error::other(String::from_utf8_lossy(&body))),
                _other => {}
            }
        }
    }
}
