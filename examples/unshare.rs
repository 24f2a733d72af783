//! A small unshare(1) on top of `Sandbox::command`. docs/unshare.md compares the two.
//!
//! ```sh
//! cargo run -p ns-test-examples --example unshare -- --net --uts sh -c 'hostname lab; ip -br link'
//! ```
//!
//! Options of unshare(1) without a counterpart are refused, with the reason.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program: it has help and errors to print"
)]

#[path = "unshare/ids.rs"]
mod ids;
#[path = "unshare/line.rs"]
mod line;
#[path = "unshare/request.rs"]
mod request;
#[path = "unshare/signals.rs"]
mod signals;

use std::env;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitCode, ExitStatus};

use ns_test::{SetupError, Step};

use line::Line;
use request::Request;

fn main() -> ExitCode {
    let line = match Line::read(env::args_os().skip(1)) {
        Ok(line) => line,
        Err(message) => return fail(&message),
    };
    if line.asks_for_help() {
        print!("{}", line::help());
        return ExitCode::SUCCESS;
    }
    let request = match Request::read(&line.options) {
        Ok(request) => request,
        Err(message) => return fail(&message),
    };
    let forwards_signals = request.forwards_signals();
    let sandbox = match request.into_sandbox() {
        Ok(sandbox) => sandbox,
        Err(message) => return fail(&message),
    };
    let (program, arguments) = line.program();
    let mut command = sandbox.command(program);
    command.args(arguments);
    let status = match forwards_signals {
        true => signals::forward_to(&mut command),
        false => command.status(),
    };
    match status {
        Ok(status) => exit_code(status),
        Err(error) => {
            fail(&format!("failed to {error}"));
            refusal_code(&error)
        }
    }
}

fn fail(message: &str) -> ExitCode {
    eprintln!("unshare: {message}");
    ExitCode::FAILURE
}

/// Returns the exit code as a shell does: for a signal, 128 plus its number.
fn exit_code(status: ExitStatus) -> ExitCode {
    let of_signal = || status.signal().map(|number| 128 + number);
    let number = status.code().or_else(of_signal);
    ExitCode::from(
        number
            .and_then(|number| number.try_into().ok())
            .unwrap_or(1),
    )
}

/// Returns the exit code as a shell does: 127 if there is no such program, 126 if it can't be
/// executed.
fn refusal_code(error: &SetupError) -> ExitCode {
    ExitCode::from(match (error.step(), error.errno().name()) {
        (Step::Execute, Some("ENOENT")) => 127,
        (Step::Execute, _) => 126,
        _ => 1,
    })
}
