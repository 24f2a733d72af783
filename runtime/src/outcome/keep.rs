//! What a person can have of a failed test's sandbox before it ends: a look at its state, time to enter it, a shell in it.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead};
use std::process::Command;

use super::debug_options::DebugOptions;
use super::sandbox_state;
use crate::request::namespace::Namespace;

/// What a person is shown, or sits before, while the sandbox is kept.
pub(crate) enum KeepPrompt<'a> {
    /// The command that enters it. It lasts until Enter is pressed.
    Kept(&'a str),
    /// A shell in it comes now.
    Shell,
    /// The shell could not be had.
    NoShell(&'a io::Error),
}

impl DebugOptions {
    /// Fulfils them for the sandbox whose init has this pid. Answers with what belongs into the test's report.
    pub(crate) fn fulfil(self, init: u32, show: fn(&KeepPrompt<'_>)) -> Option<String> {
        let state = self.state.then(|| sandbox_state::describe(init));
        if self.shell {
            show(&KeepPrompt::Shell);
            if let Err(error) = shell(init) {
                show(&KeepPrompt::NoShell(&error));
            }
        }
        if self.keep {
            show(&KeepPrompt::Kept(&enter_line(init)));
            // Enter, or the end of a stdin that nobody sits before.
            let _ = io::stdin().lock().read_line(&mut String::new());
        }
        state
    }
}

/// `$SHELL` on the harness's terminal, in the namespaces of the test.
fn shell(init: u32) -> io::Result<()> {
    let shell = env::var_os("SHELL").unwrap_or_else(|| OsString::from("/bin/sh"));
    Command::new("nsenter")
        .args(enter_arguments(init))
        .arg(shell)
        .status()
        .map(drop)
}

fn enter_line(init: u32) -> String {
    format!("nsenter {}", enter_arguments(init).join(" "))
}

/// `nsenter(1)`: into those namespaces of init that are not the harness's own. The time namespace is that of its children.
fn enter_arguments(init: u32) -> Vec<String> {
    let link = |process: &str, file: &str| fs::read_link(format!("/proc/{process}/ns/{file}")).ok();
    let own = Namespace::ALL
        .iter()
        .map(|namespace| (namespace.option(), namespace.file_for_children()))
        .filter(|(_, file)| link("self", file) != link(&init.to_string(), file));
    let options = own.map(|(option, file)| format!("--{option}=/proc/{init}/ns/{file}"));
    // The ids are right already: the caller's own are those that are mapped.
    options
        .chain(["--preserve-credentials".to_owned()])
        .collect()
}
