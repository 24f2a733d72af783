//! Converts the options to a sandbox.

use std::path;
use std::str::FromStr;

use ns_test::{Offset, Sandbox};

use crate::ids::Ids;
use crate::line::{Given, text};

/// The options without an equivalent in a sandbox, and the reason.
const REFUSED: &[(&str, &str)] = &[
    (
        "map-subids",
        "subordinate ids are numbered from 1 inside: --map-auto",
    ),
    ("owner", "a sandbox is only for its caller"),
    (
        "setgroups",
        "allowed with --map-auto and --map-users, given up otherwise",
    ),
    ("mount-binfmt", "the program can mount it by itself"),
    ("load-interp", "the program can register it by itself"),
];

/// The request made by the options.
#[derive(Default)]
pub(crate) struct Request {
    sandbox: Sandbox,
    ids: Ids,
    pid: bool,
    forwards_signals: bool,
    mount_proc: bool,
    root: Option<String>,
    directory: Option<String>,
}

impl Request {
    pub(crate) fn read(options: &[Given]) -> Result<Self, String> {
        let mut request = Self::default();
        for (name, value) in options {
            let refused = REFUSED.iter().find(|(refused, _)| refused == name);
            if let Some((_, why)) = refused {
                return Err(format!("--{name} is not taken: {why}"));
            }
            request.take(name, value.as_deref().unwrap_or_default())?;
        }
        Ok(request)
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            // Always on.
            "fork" | "keep-caps" => {}
            "forward-signals" => self.forwards_signals = true,
            "kill-child" => kill_child(value)?,
            "mount-proc" => self.mount_proc = mount_proc(value)?,
            "root" => self.root = Some(absolute(value)?),
            "wd" => self.directory = Some(value.to_owned()),
            _ if self.ids.take(name, value)? => {}
            _ => {
                self.pid |= name == "pid";
                self.sandbox = with(std::mem::take(&mut self.sandbox), name, value)?;
            }
        }
        Ok(())
    }

    /// Returns whether the program receives the signals sent to end this one.
    pub(crate) fn forwards_signals(&self) -> bool {
        self.forwards_signals
    }

    pub(crate) fn into_sandbox(self) -> Result<Sandbox, String> {
        if self.mount_proc && !self.pid {
            return Err("--mount-proc goes with --pid: a /proc is a process tree's".to_owned());
        }
        let sandbox = self.ids.map(self.sandbox)?;
        let directory = match (&self.root, self.directory) {
            (None, Some(path)) => Some(absolute(&path)?),
            // In a new root, relative paths and the program start there.
            (Some(_), None) => Some("/".to_owned()),
            (_, path) => path,
        };
        let sandbox = match self.root.as_deref() {
            // The current root.
            None | Some("/") => sandbox,
            Some(path) => sandbox.root(path).host_tmp(),
        };
        Ok(match directory {
            Some(path) => sandbox.cwd(path),
            None => sandbox,
        })
    }
}

/// Adds an option to the sandbox. unshare(1) leaves /tmp unchanged, so each option that creates a
/// mount tree also sets `host_tmp`.
fn with(sandbox: Sandbox, name: &str, value: &str) -> Result<Sandbox, String> {
    Ok(match (name, value) {
        ("user", "") => sandbox.user(),
        ("mount", "") | ("propagation", "private") => sandbox.mount().host_tmp(),
        ("propagation", "slave") => sandbox.slave().host_tmp(),
        // As with unshare(1), the program is PID 1.
        ("pid", "") => sandbox.pid().as_init().host_tmp(),
        ("net", "") => sandbox.net(),
        ("ipc", "") => sandbox.ipc().host_tmp(),
        ("uts", "") => sandbox.uts(),
        ("cgroup", "") => sandbox.cgroup(),
        ("time", "") => sandbox.time(),
        ("monotonic", seconds) => sandbox.monotonic(offset(name, seconds)?),
        ("boottime", seconds) => sandbox.boottime(offset(name, seconds)?),
        ("clear-env", _) => sandbox.env_clear(),
        ("whitelist-env", list) => list.split(',').fold(sandbox, Sandbox::env_keep),
        ("propagation", _) => {
            return Err(format!(
                "--propagation {value} is not taken: nothing that is mounted inside gets out"
            ));
        }
        _ => {
            return Err(format!(
                "--{name}={value} is not taken: nothing outlives a sandbox"
            ));
        }
    })
}

fn kill_child(signal: &str) -> Result<(), String> {
    match signal {
        "" | "KILL" | "SIGKILL" | "9" => Ok(()),
        _ => Err(format!(
            "--kill-child={signal} is not taken: it is SIGKILL that ends a sandbox"
        )),
    }
}

fn mount_proc(path: &str) -> Result<bool, String> {
    match path {
        "" | "/proc" => Ok(true),
        _ => Err(format!(
            "--mount-proc={path} is not taken: it is mounted at /proc"
        )),
    }
}

fn offset(name: &str, seconds: &str) -> Result<Offset, String> {
    Ok(Offset {
        seconds: number(name, seconds)?,
        nanoseconds: 0,
    })
}

pub(crate) fn number<N: FromStr>(name: &str, value: &str) -> Result<N, String> {
    value
        .parse()
        .map_err(|_error| format!("--{name} takes a number, not `{value}`"))
}

/// Returns an absolute path. Relative paths of a `Sandbox` start at the crate that uses it, those
/// of a command line at the caller's working directory.
fn absolute(path: &str) -> Result<String, String> {
    let absolute = path::absolute(path).map_err(|error| format!("{path}: {error}"))?;
    text(absolute.into_os_string())
}
