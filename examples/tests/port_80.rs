//! A server on port 80, tested a hundred times in parallel.
//!
//! Without namespaces: port 80 requires root, and there is only one. Such tests run under `sudo`
//! one after another, or the server gets a port option only for tests.
//!
//! `net` gives each test a network of its own, with every port free.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::thread;

use ns_test::{Harness, Sandbox, ns_test};

/// The server under test: answers one client.
fn serve(listener: &TcpListener) -> io::Result<()> {
    let (mut visitor, _) = listener.accept()?;
    let lines: Vec<String> = BufReader::new(&visitor)
        .lines()
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .collect();
    let path = lines.first().and_then(|request| request.split(' ').nth(1));
    let (status, body) = match path {
        Some("/health") => ("200 OK", "fine"),
        _ => ("404 Not Found", "nothing here"),
    };
    write!(visitor, "HTTP/1.0 {status}\r\n\r\n{body}")
}

fn get(path: &str) -> io::Result<String> {
    let listener = TcpListener::bind("0.0.0.0:80")?;
    thread::scope(|scope| {
        let server = scope.spawn(|| serve(&listener));
        let mut connection = TcpStream::connect("127.0.0.1:80")?;
        write!(connection, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        server.join().expect("the server does not panic")?;
        Ok(answer)
    })
}

fn health_is_fine() -> io::Result<()> {
    assert_eq!(get("/health")?, "HTTP/1.0 200 OK\r\n\r\nfine");
    Ok(())
}

#[ns_test(net)]
fn other_pages_are_not_found() -> io::Result<()> {
    assert!(get("/")?.starts_with("HTTP/1.0 404 "));
    Ok(())
}

/// A loop defines a hundred more tests. If all tests were annotated, `ns_test::main!();` would do.
fn main() -> ExitCode {
    let network = Sandbox::new().net();
    (0..100)
        .fold(Harness::new(), |harness, number| {
            let name = format!("health_is_fine_{number:02}");
            harness.trial(name, network.clone(), health_is_fine)
        })
        .run()
}
