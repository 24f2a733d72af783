//! The services of these tests: this binary, with a script in a variable.

use std::any::Any;
use std::env;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{TcpListener, UdpSocket};
use std::os::fd::FromRawFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener};
use std::process::{Command, ExitCode};
use std::thread::sleep;
use std::time::{Duration, Instant};

use ns_test_suite::raw;

const VARIABLE: &str = "NS_TEST_SUITE_SERVER";

/// Returns a command that runs this script: words, one after the other.
pub(crate) fn server(script: &str) -> Command {
    let mut command = Command::new("/proc/self/exe");
    command.env(VARIABLE, script);
    command
}

/// Returns the script of this process, if it is such a service.
pub(crate) fn wanted() -> Option<impl FnOnce() -> ExitCode> {
    let script = env::var(VARIABLE).ok()?;
    Some(move || run(&script))
}

fn run(script: &str) -> ExitCode {
    let mut words = script.split_whitespace();
    let mut open: Vec<Box<dyn Any>> = Vec::new();
    while let Some(word) = words.next() {
        let mut argument = || words.next().expect("the word has an argument");
        match word {
            "exit" => return ExitCode::from(u8::try_from(number(argument())).expect("a status")),
            "run" => sleep(Duration::from_secs(600)),
            "sleep" => sleep(Duration::from_millis(number(argument()).into())),
            "daemon" => daemon(Duration::ZERO),
            "slow-daemon" => daemon(Duration::from_millis(number(argument()).into())),
            "ignore" => raw::ignore_signal(i32::from(number(argument()))),
            "touch" => touch(argument()),
            "remove" => drop(fs::remove_file(argument())),
            "notify" => notify(argument()),
            "say" => write(io::stdout(), &format!("{}\n", argument())),
            "prompt" => write(io::stdout(), argument()),
            "complain" => write(io::stderr(), &format!("{}\n", argument())),
            "flood" => flood(number(argument())),
            opens => open.push(open_one(opens, argument())),
        }
    }
    ExitCode::SUCCESS
}

/// Opens something that stays open until the end.
fn open_one(word: &str, argument: &str) -> Box<dyn Any> {
    const FREE: &str = "it is free";
    match word {
        "tcp" => Box::new(TcpListener::bind(("127.0.0.1", number(argument))).expect(FREE)),
        "any" => Box::new(TcpListener::bind(("::", number(argument))).expect(FREE)),
        "tcp6" => Box::new(TcpListener::bind(("::1", number(argument))).expect(FREE)),
        "udp" => Box::new(UdpSocket::bind(("127.0.0.1", number(argument))).expect(FREE)),
        "unix" => Box::new(UnixListener::bind(argument).expect(FREE)),
        "echo" => Box::new(echo_on(number(argument).into())),
        "child" => {
            let mut child = server(&argument.replace('+', " "));
            Box::new(child.spawn().expect("it can be started"))
        }
        other => panic!("{other} is no word of a script"),
    }
}

fn touch(path: &str) {
    fs::write(path, std::process::id().to_string()).expect("it can be written");
}

fn write(mut to: impl Write, text: &str) {
    to.write_all(text.as_bytes()).expect("it can be written");
    to.flush().expect("it can be written");
}

fn number(word: &str) -> u16 {
    word.parse().expect("a number")
}

fn flood(lines: u16) {
    for line in 0..lines {
        write(io::stdout(), &format!("line {line} {}\n", "x".repeat(200)));
    }
}

fn notify(assignment: &str) {
    let to = env::var("NOTIFY_SOCKET").expect("there is a socket to notify");
    let address = match to.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(&to),
    };
    let socket = UnixDatagram::unbound().expect("a socket");
    socket
        .send_to_addr(assignment.as_bytes(), &address.expect("it is an address"))
        .expect("it is taken");
}

/// Becomes a daemon, as in `daemon(7)`: the caller continues in a grandchild. The child between
/// them computes for this time before it exits, as on a busy machine.
fn daemon(between: Duration) {
    if !raw::fork().expect("fork") {
        raw::exit_now(0);
    }
    raw::setsid().expect("a new session");
    if !raw::fork().expect("fork") {
        let start = Instant::now();
        while start.elapsed() < between {}
        raw::exit_now(0);
    }
}

/// Answers one client of an inherited socket.
fn echo_on(fd: i32) -> TcpListener {
    assert_eq!(
        env::var("LISTEN_PID").ok(),
        Some(std::process::id().to_string())
    );
    // SAFETY: by the service manager's protocol this descriptor is a listening socket, and it has
    // no other owner.
    #[expect(unsafe_code, reason = "the protocol hands over a number")]
    let listener = unsafe { TcpListener::from_raw_fd(fd) };
    let (mut client, _) = listener.accept().expect("there is a client");
    let mut bytes = [0; 5];
    client.read_exact(&mut bytes).expect("five bytes");
    client.write_all(&bytes).expect("it listens");
    listener
}
