//! rust-analyzer as a child, queried over its streams: the part of the Language Server Protocol
//! that the checks need.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use libtest_mimic::Failed;
use serde_json::{Value, json};

/// The longest wait for a message, to end a hang. The server has to load std and build the
/// project's crates.
const PATIENCE: Duration = Duration::from_secs(300);

/// The errors `ContentModified` and `ServerCancelled`: the server's state has changed meanwhile.
const OVERTAKEN: [i64; 2] = [-32801, -32802];

/// A running server that has read the project.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    requests: u64,
    quiescent: bool,
}

impl Server {
    /// Starts it, and waits until it has read the project in the command's directory.
    pub(crate) fn start(command: &mut Command) -> Result<Self, Failed> {
        let directory = command.get_current_dir().ok_or("a project has a place")?;
        let project = uri(&directory.display().to_string());
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let input = child.stdin.take().ok_or("stdin is a pipe")?;
        let output = child.stdout.take().ok_or("stdout is a pipe")?;
        let (sender, messages) = mpsc::channel();
        thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Ok(message) = receive(&mut output) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let mut server = Self {
            child,
            input,
            messages,
            requests: 0,
            quiescent: false,
        };
        server.ask("initialize", &initialization(&project))?;
        server.tell("initialized", &json!({}))?;
        while !server.quiescent {
            server.next()?;
        }
        Ok(server)
    }

    /// Sends a request and returns its result.
    pub(crate) fn ask(&mut self, method: &str, parameters: &Value) -> Result<Value, Failed> {
        loop {
            self.requests += 1;
            let id = self.requests;
            self.send(
                &json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": parameters }),
            )?;
            let mut answer = loop {
                if let Some(answer) = self.next()?.filter(|answer| answer["id"] == id) {
                    break answer;
                }
            };
            let error = &answer["error"];
            if error.is_null() {
                return Ok(answer["result"].take());
            }
            if !OVERTAKEN.iter().any(|code| error["code"] == *code) {
                return Err(format!("{method}: {error}").into());
            }
        }
    }

    /// Sends a notification.
    pub(crate) fn tell(&mut self, method: &str, parameters: &Value) -> io::Result<()> {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": parameters }))
    }

    /// Returns the next response, and answers the server's own requests meanwhile.
    fn next(&mut self) -> Result<Option<Value>, Failed> {
        let message = self
            .messages
            .recv_timeout(PATIENCE)
            .map_err(|error| format!("rust-analyzer says nothing more: {error}"))?;
        let parameters = &message["params"];
        match (message["method"].as_str(), &message["id"]) {
            (None, _) => return Ok(Some(message)),
            (Some("experimental/serverStatus"), _) => {
                if parameters["health"] == "error" {
                    return Err(parameters.to_string().into());
                }
                self.quiescent = parameters["quiescent"] == true;
            }
            (Some(_), Value::Null) => {}
            (Some(method), id) => {
                // It requests the editor's settings, among others: all are the default.
                let items = parameters["items"].as_array().map_or(0, Vec::len);
                let result = match method {
                    "workspace/configuration" => json!(vec![Value::Null; items]),
                    _ => Value::Null,
                };
                let answer = json!({ "jsonrpc": "2.0", "id": id, "result": result });
                self.send(&answer)?;
            }
        }
        Ok(None)
    }

    fn send(&mut self, message: &Value) -> io::Result<()> {
        let text = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len())?;
        self.input.flush()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its own children, cargo and the proc-macro server, exit with it.
        let _ = self.ask("shutdown", &Value::Null);
        let _ = self.tell("exit", &Value::Null);
        let _ = self.child.wait();
    }
}

/// Returns the name of a file in the protocol.
pub(crate) fn uri(path: &str) -> String {
    let escaped = path.bytes().map(|byte| match byte {
        b'/' | b'.' | b'-' | b'_' | b'~' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    format!("file://{}", escaped.collect::<String>())
}

fn initialization(project: &str) -> Value {
    json!({
        "processId": std::process::id(),
        "rootUri": project,
        "workspaceFolders": [{ "uri": project, "name": "project" }],
        "capabilities": {
            "experimental": {
                "serverStatusNotification": true,
                "commands": { "commands": ["rust-analyzer.runSingle", "rust-analyzer.debugSingle"] },
            },
            "textDocument": { "diagnostic": {}, "hover": { "contentFormat": ["markdown"] } },
        },
        "initializationOptions": { "checkOnSave": false, "cachePriming": { "enable": false } },
    })
}

/// Receives one message: headers, an empty line, JSON.
fn receive(output: &mut impl BufRead) -> io::Result<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match line.trim_end().split_once(": ") {
            Some(("Content-Length", number)) => {
                length = number.parse().map_err(io::Error::other)?;
            }
            Some(_) => {}
            None => break,
        }
    }
    let mut text = vec![0; length];
    output.read_exact(&mut text)?;
    Ok(serde_json::from_slice(&text)?)
}
