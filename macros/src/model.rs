//! A test's request in plain Rust. Spans are kept for keys that may contradict each other.

use std::time::Duration;

use proc_macro2::Span;
use syn::Path;

/// A value, its key, and the literal it was written as.
#[derive(Clone, Copy)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) key: Span,
    pub(crate) span: Span,
}

#[derive(Default)]
pub(crate) struct Request {
    pub(crate) user: Option<User>,
    pub(crate) mount: Option<Mount>,
    pub(crate) pid: Option<Pid>,
    pub(crate) net: Option<Net>,
    pub(crate) ipc: bool,
    pub(crate) uts: Option<Uts>,
    pub(crate) cgroup: bool,
    pub(crate) time: Option<Time>,
    pub(crate) cwd: Option<String>,
    pub(crate) env: Env,
    pub(crate) limit: Fields,
    /// The options for the harness.
    pub(crate) options: Fields,
    /// The function that runs the future of an `async fn`.
    pub(crate) block_on: Option<Path>,
    pub(crate) krate: Option<Path>,
}

#[derive(Default)]
pub(crate) struct User {
    pub(crate) uid: Option<At<u32>>,
    pub(crate) gid: Option<At<u32>>,
    pub(crate) keep: Option<Span>,
    pub(crate) host: Option<Span>,
    pub(crate) ids: Vec<At<Ids>>,
    /// Only ranges. Without any, `ids` also applies to groups.
    pub(crate) gids: Vec<At<Vec<Range>>>,
    pub(crate) r#become: Option<At<u32>>,
    pub(crate) no_caps: Option<Span>,
}

pub(crate) enum Ids {
    Auto,
    Ranges(Vec<Range>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) inner: u32,
    /// `None`: the caller's own id.
    pub(crate) outer: Option<u32>,
    pub(crate) count: u32,
}

#[derive(Default)]
pub(crate) struct Mount {
    pub(crate) tmpfs: Vec<Tmpfs>,
    pub(crate) bind: Vec<Bind>,
    pub(crate) ro: Vec<At<String>>,
    pub(crate) overlay: Vec<Overlay>,
    pub(crate) prepared: Vec<Prepared>,
    pub(crate) fields: Fields,
}

pub(crate) struct Tmpfs {
    pub(crate) path: At<String>,
    pub(crate) size: Option<u64>,
    pub(crate) mode: Option<u32>,
}

pub(crate) struct Bind {
    pub(crate) source: String,
    pub(crate) target: At<String>,
    pub(crate) ro: bool,
}

pub(crate) struct Overlay {
    /// The topmost first. Empty: the directory at the target.
    pub(crate) lower: Vec<String>,
    pub(crate) target: At<String>,
    pub(crate) size: Option<u64>,
}

pub(crate) struct Prepared {
    pub(crate) target: At<String>,
    /// The lowest first.
    pub(crate) layers: Vec<Preparation>,
    pub(crate) copy: bool,
    pub(crate) upper: Option<&'static str>,
}

pub(crate) struct Preparation {
    pub(crate) function: Path,
    pub(crate) inputs: Option<Vec<String>>,
    pub(crate) timeout: Option<Duration>,
}

pub(crate) struct Pid {
    pub(crate) fields: Fields,
}

pub(crate) struct Net {
    pub(crate) fields: Fields,
    pub(crate) sysctl: Vec<Sysctl>,
}

pub(crate) struct Sysctl {
    pub(crate) key: At<String>,
    pub(crate) value: String,
}

pub(crate) struct Uts {
    pub(crate) fields: Fields,
}

pub(crate) struct Time {
    pub(crate) fields: Fields,
    /// Both clocks.
    pub(crate) uptime: Option<At<Offset>>,
}

/// In the kernel's form: nanoseconds count forwards even if the seconds are negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Offset {
    pub(crate) seconds: i64,
    pub(crate) nanoseconds: u32,
}

#[derive(Default)]
pub(crate) struct Env {
    pub(crate) clear: Option<Span>,
    pub(crate) keep: Vec<At<String>>,
    pub(crate) set: Vec<(At<String>, String)>,
}

/// The keys that set one field each in the record of the same name in
/// [`Spec`](../../../runtime/src/request/spec.rs). The table in `grammar` defines their kinds; no
/// other module of this crate lists them.
#[derive(Default)]
pub(crate) struct Fields(pub(crate) Vec<Written>);

/// Such a key, as a test has written it.
pub(crate) struct Written {
    pub(crate) name: &'static str,
    pub(crate) key: Span,
    pub(crate) value: Value,
}

/// The value of such a field.
pub(crate) enum Value {
    Boolean(bool),
    Text(String),
    Path(String),
    Number(u64),
    Duration(Duration),
    Offset(Offset),
    Choice(&'static str),
}

impl Fields {
    /// Returns the field, if it is written.
    pub(crate) fn get(&self, name: &str) -> Option<&Written> {
        self.0.iter().find(|written| written.name == name)
    }

    /// Returns whether the field is one of a few strings, and is written as this one.
    pub(crate) fn is(&self, name: &str, choice: &str) -> bool {
        let written = self.get(name).map(|written| &written.value);
        matches!(written, Some(Value::Choice(value)) if *value == choice)
    }
}

impl<T> At<T> {
    pub(crate) fn into_value(self) -> T {
        self.value
    }

    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> At<U> {
        At {
            value: change(self.value),
            key: self.key,
            span: self.span,
        }
    }
}
