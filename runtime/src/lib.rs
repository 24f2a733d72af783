//! Rust tests that each run as root of their own Linux namespaces: own ports, own /tmp and mounts, own process tree, host name,
//! IPC and clock. No root on the host, no container engine, nothing to install: `cargo test`.
//!
//! ```no_run
//! use ns_test::ns_test;
//!
//! #[ns_test(user, net, mount)]
//! fn serves_http() -> std::io::Result<()> {
//!     let server = std::net::TcpListener::bind("127.0.0.1:80")?; // nobody else is there
//!     std::fs::write("/tmp/app.pid", "1")?; // its own /tmp
//!     drop(server);
//!     Ok(())
//! }
//! ```
//!
//! - [`#[ns_test]`](macro@ns_test) is the attribute; its page is the reference of all words and keys.
//! - [`main!`] is the harness of a test target with `harness = false`, [`run`] the same for those with a `main` of their own, and
//!   [`Harness`] takes [`Trial`]s, tests that are made at run time. Without any of them libtest is the harness.
//! - [`skip!`] ends a test as ignored. [`limited_by`] tells it by what its limits hold.
//! - [`Sandbox`] has the attribute's words for programs: for trials, and for a [`Command`] in a sandbox of its own.
//! - [`probe`] and [`doctor`] tell what this machine refuses, why, and how to cure it.
//!
//! Further pages are in the repository: [coverage, sanitizers, Miri, other systems](https://github.com/ns-test/ns-test/blob/main/docs/tools.md),
//! [a suite on several machines](https://github.com/ns-test/ns-test/blob/main/docs/scaling.md).
//!
//! # Guarantees
//!
//! A test passes only if its function returned and said so, and its process then ended with exit status 0. When it ends, however
//! it ends, no process, mount, interface or namespace of it is left; when the harness ends, even by SIGKILL, all tests do.
//!
//! One case is out of reach. Without `pid`, the sandbox's first process (init) finds and ends what a test leaves. If init itself is
//! killed by SIGKILL, the test's own process dies with it, but processes that the test has started may live on. In a pid
//! namespace the kernel kills them all.
//!
//! # Known limitations
//!
//! - Linux 5.4 or later, and a machine that lets users make user namespaces. On other systems, and under Miri, annotated
//!   tests are ignored; commands and probes are for Linux alone.
//! - No boundary against hostile code: a test has all capabilities in its namespaces.
//! - Mapped root is not real root: no `mknod`, no loading of modules, no access to devices or files that the caller has none to.
//! - An annotated function is a test and no function to call: its name belongs to libtest, or to nobody.

#![cfg_attr(
    not(target_os = "linux"),
    expect(dead_code, reason = "what is shared with Linux is only used in part")
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
#[cfg(target_os = "linux")]
pub mod network;
mod outcome;
mod report;
mod request;
#[cfg(target_os = "linux")]
mod sandbox;
#[cfg(target_os = "linux")]
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

/// Makes the `main` function of a test target that has `harness = false`: it runs the annotated tests.
///
/// Write it once, at the end of the target's main file; the command line is libtest's.
///
/// Without libtest, rustc drops every plain `#[test]` of the target without a word. So this macro makes each of them an error
/// (E0659, "`test` is ambiguous"). Make them `#[ns_test]`, or move them to a target that has no `harness = false`, where both
/// kinds run.
///
/// The same happens to a test if another attribute puts `#[core::prelude::v1::test]` above `#[ns_test]`. So this macro reads the
/// source files of the target, and what is missing in the binary is an error. The guide has
/// [a table of attributes](https://github.com/ns-test/ns-test/blob/main/docs/test-attributes.md).
///
/// - `ns_test::main!(crate = name)`, where the dependency has another name that Cargo.toml does not tell.
/// - `ns_test::main!(allow(test))` lets plain `#[test]`s be dropped: for files that other targets share.
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
/// # // rustdoc looks for these words before it puts everything into a function, where the macro can't be.
/// # macro_rules! ignored { ($($tokens:tt)*) => {} }
/// # ignored! { fn main() {} }
/// ```
#[macro_export]
macro_rules! main {
    () => {
        $crate::__private::main_by_name!();
    };
    (crate = $krate:ident) => {
        // A macro that is imported by a macro is ambiguous with the prelude's, wherever its bare name is used.
        #[allow(unused_extern_crates, unused_imports)]
        #[macro_use(test)]
        extern crate $krate as _;
        $crate::main!(allow(test));
    };
    (allow(test)) => {
        fn main() -> ::std::process::ExitCode {
            $crate::__private::annotated_functions! { $crate::__private }
            $crate::run()
        }
    };
}

/// What the attribute expands to. Not for people: anything here may change in any release.
#[doc(hidden)]
pub mod __private {
    pub use ns_test_macros::{annotated_functions, main_by_name};

    pub use crate::body::skip::skip;
    pub use crate::harness::did_not_run;
    #[cfg(target_os = "linux")]
    pub use crate::harness::libtest_entry;
    pub use crate::request::annotated::annotated;
    pub use crate::request::case::{Case, Ignore, Leftovers, Refused, ShouldPanic};
    #[cfg(target_os = "linux")]
    pub use crate::request::collect::Record;
    pub use crate::request::prepared::{Preparation, PreparationFn, Prepared, Upper};
    pub use crate::request::spec::{
        Bind, Dev, Env, Ids, Limit, List, Mount, Net, Offset, Overlay, Pid, Propagation, Range,
        Spec, Sysctl, Text, Time, Tmpfs, User, Uts,
    };
    pub use crate::request::unsupported::Entry;
    pub fn name_of<F>(_function: &F) -> &'static str {
        std::any::type_name::<F>()
    }
    pub fn report<T: std::process::Termination>(t: T) -> std::process::ExitCode {
        t.report()
    }
}
