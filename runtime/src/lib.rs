//! Rust tests that each run as root of their own Linux namespaces. Each test has its own ports,
//! /tmp, mounts, process tree, host name, IPC and clock. It needs no root on the host, no container
//! engine and no installation: `cargo test`.
//!
//! ```no_run
//! use ns_test::ns_test;
//!
//! #[ns_test(user, net, mount)]
//! fn serves_http() -> std::io::Result<()> {
//!     let server = std::net::TcpListener::bind("127.0.0.1:80")?; // no other process uses it
//!     std::fs::write("/tmp/app.pid", "1")?; // its own /tmp
//!     drop(server);
//!     Ok(())
//! }
//! ```
//!
//! - [`#[ns_test]`](macro@ns_test) is the attribute. Its page documents all options and keys.
//! - [`main!`] is the harness of a test target with `harness = false`. [`run`] is the same for
//!   targets with their own `main`. [`Harness`] takes [`Trial`]s, which are tests made at run time.
//!   Without any of them libtest is the harness.
//! - [`skip!`] ends a test as ignored. [`limited_by`] returns the mechanism that enforces each of
//!   its limits.
//! - [`Sandbox`] offers the attribute's options to programs: for trials, and for a [`Command`] in
//!   its own sandbox.
//! - [`probe`] and [`doctor`] report what this machine refuses, the cause, and the remedy.
//!
//! The repository has further pages: [coverage, sanitizers, Miri, other
//! systems](https://github.com/ns-test/ns-test/blob/main/docs/tools.md) and [a suite on several
//! machines](https://github.com/ns-test/ns-test/blob/main/docs/scaling.md).
//!
//! # Features
//!
//! The Cargo features `network` and `service` are the modules of the same names: networks of hosts
//! inside one test, and the servers that a test starts. Both are enabled by default. A suite that
//! only needs sandboxes builds faster with `default-features = false`.
//!
//! # Guarantees
//!
//! A test passes only if its function returned and reported success, and its process then exited
//! with status 0. When a test ends, for any reason, its processes, mounts, interfaces and
//! namespaces are gone. When the harness ends, even by SIGKILL, all tests end too.
//!
//! There is one exception. Without `pid`, the sandbox's first process (init) finds and kills
//! leftover processes. If SIGKILL kills init itself, the test's own process dies with it, but
//! processes that the test has started may live on. In a pid namespace the kernel kills them all.
//!
//! # Known limitations
//!
//! - Linux 5.4 or later, and a machine that lets users create user namespaces. On other systems,
//!   and under Miri, annotated tests are ignored. Commands and probes exist on Linux only.
//! - Not a boundary against hostile code: a test has all capabilities in its namespaces.
//! - Mapped root is not real root: it cannot use `mknod` or load modules, and it cannot open
//!   devices or files that the caller cannot open.
//! - You cannot call an annotated function; the attribute replaces it.

#![cfg_attr(
    not(all(target_os = "linux", feature = "network", feature = "service")),
    expect(
        dead_code,
        reason = "what Linux and both features share is only used in part"
    )
)]

mod body;
#[cfg(target_os = "linux")]
mod channel;
#[cfg(target_os = "linux")]
mod command;
#[cfg(target_os = "linux")]
mod diagnose;
#[cfg(target_os = "linux")]
mod error;
mod harness;
#[cfg(target_os = "linux")]
mod init;
#[cfg(target_os = "linux")]
mod launcher;
#[cfg(all(target_os = "linux", feature = "network"))]
pub mod network;
mod outcome;
mod report;
mod request;
#[cfg(target_os = "linux")]
mod sandbox;
#[cfg(all(target_os = "linux", feature = "service"))]
pub mod service;
#[cfg(target_os = "linux")]
mod sys;

#[cfg(target_os = "linux")]
pub use command::{Child, Command, Stdio};
#[cfg(target_os = "linux")]
pub use diagnose::{Cause, Refusal, Requirement, Suspect, probe};
#[cfg(target_os = "linux")]
pub use error::{Call, Errno, SetupError, Step};
pub use harness::{Harness, doctor, run};
pub use ns_test_macros::{ns_test, ns_test as test};
pub use request::limited_by::{LimitedBy, Mechanism, limited_by};
pub use request::spec::Offset;
pub use request::{Prepared, Sandbox, SysctlValue, Trial};

/// Defines the `main` function of a test target with `harness = false`, which runs the annotated
/// tests.
///
/// Write it once, at the end of the target's main file. The command line is libtest's.
///
/// Without libtest, rustc silently drops every plain `#[test]` of the target. So this macro makes
/// each of them an error (E0659, "`test` is ambiguous"). Make them `#[ns_test]`, or move them to a
/// target without `harness = false`, where both kinds run.
///
/// rustc also drops a test if another attribute puts `#[core::prelude::v1::test]` above
/// `#[ns_test]`. So this macro reads the source files of the target, and a test missing from the
/// binary is an error. The guide has [a table of
/// attributes](https://github.com/ns-test/ns-test/blob/main/docs/test-attributes.md).
///
/// - `ns_test::main!(crate = name)` names the crate where Cargo.toml does not show the name.
/// - `ns_test::main!(allow(test))` lets rustc drop plain `#[test]`s, in files that other targets
///   share.
///
/// ```no_run
/// use ns_test::ns_test;
///
/// #[ns_test(net)]
/// fn port_80_is_free() -> std::io::Result<()> {
///     std::net::TcpListener::bind("127.0.0.1:80").map(drop)
/// }
///
/// ns_test::main!();
/// # // rustdoc puts an example without `fn main` into a function, where the macro does not work.
/// # macro_rules! ignored { ($($tokens:tt)*) => {} }
/// # ignored! { fn main() {} }
/// ```
#[macro_export]
macro_rules! main {
    () => {
        $crate::__private::main_by_name!();
    };
    (crate = $krate:ident) => {
        // A name that a macro imports is ambiguous with the prelude's name wherever code uses it
        // without a path.
        #[allow(
            unused_extern_crates,
            unused_imports,
            reason = "an `expect` would warn in targets that use the import"
        )]
        #[macro_use(test)]
        extern crate $krate as _;
        $crate::main!(allow(test));
    };
    (allow(test)) => {
        fn main() -> ::std::process::ExitCode {
            $crate::__private::annotated_functions! { $crate::__private }
            $crate::__private::run_from_main_macro()
        }
    };
}

/// The items that the attribute expands to. Not public API: any release may change them.
#[doc(hidden)]
pub mod __private {
    pub use ns_test_macros::{annotated_functions, main_by_name};

    pub use crate::body::skip::skip;
    #[cfg(target_os = "linux")]
    pub use crate::harness::libtest_entry;
    pub use crate::harness::{did_not_run, run_from_main_macro};
    pub use crate::request::annotated::annotated;
    pub use crate::request::case::{
        Body, Case, DEFAULT, HERMETIC, Ignore, Leftovers, NOTHING, Options, Refused, ShouldPanic,
    };
    #[cfg(target_os = "linux")]
    pub use crate::request::collect::Record;
    pub use crate::request::prepared::{Preparation, PreparationFn, Prepared, Upper};
    pub use crate::request::spec::{
        Bind, Dev, Env, Ids, Limit, List, Mount, Net, Offset, OsText, Overlay, Pid, Propagation,
        Range, Spec, Sysctl, Text, Time, Tmp, Tmpfs, User, Uts, Variable,
    };
    pub use crate::request::unsupported::Entry;
    pub fn name_of<F>(_function: &F) -> &'static str {
        std::any::type_name::<F>()
    }
    pub fn report<T: std::process::Termination>(t: T) -> std::process::ExitCode {
        t.report()
    }
}
