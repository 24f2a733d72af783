//! What a user can do with a failed test's sandbox before it ends: see its state, enter it, or run
//! a shell in it.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead};
use std::process::Command;

use super::debug_options::DebugOptions;
use super::sandbox_state;
use crate::request::namespace::Namespace;

/// What to show the user while the sandbox is kept.
pub(crate) enum KeepPrompt<'a> {
    /// The command that enters it. The sandbox is kept until Enter is pressed.
    Kept(&'a str),
    /// A shell in it starts now.
    Shell,
    /// The shell could not be started.
    NoShell(&'a io::Error),
}

impl DebugOptions {
    /// Applies the options to the sandbox whose init has this pid. Returns the text for the test's
    /// report.
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
            // Waits for Enter, or for the end of a stdin that has no user.
            let _ = io::stdin().lock().read_line(&mut String::new());
        }
        state
    }
}

/// Runs `$SHELL` on the harness's terminal, in the namespaces of the test.
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

/// Returns the options of `nsenter(1)` for those namespaces of init that differ from the harness's
/// own. For the time namespace, that is the one of init's children.
fn enter_arguments(init: u32) -> Vec<String> {
    let link = |process: &str, file: &str| fs::read_link(format!("/proc/{process}/ns/{file}")).ok();
    let mut options = Vec::new();
    for namespace in Namespace::ALL {
        let (option, file) = (namespace.option(), namespace.file_for_children());
        if link("self", file) != link(&init.to_string(), file) {
            options.push(format!("--{option}=/proc/{init}/ns/{file}"));
        }
    }
    // The ids need no change, because the caller's own ids are the mapped ones.
    options.push("--preserve-credentials".to_owned());
    options
}
