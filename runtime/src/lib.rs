//! Rust tests that each run as root of their own Linux namespaces.

mod aftermath;
mod body;
mod builder;
mod case;
mod command;
mod delegation;
mod ending;
mod error;
mod harness;
mod init;
mod inspect;
mod launcher;
mod limited;
mod oom;
mod output;
mod place;
mod quota;
mod registry;
mod report;
mod sandbox;
mod skip;
mod spec;
mod state;
mod strays;
mod sys;
mod test;
mod verdict;
mod watch;
mod wire;
mod worker;

pub use builder::{Sandbox, SysctlValue};
pub use command::{Child, Command, Stdio};
pub use error::{Call, Errno, SetupError, Step};
pub use harness::{Harness, run};
pub use limited::{LimitedBy, Mechanism, limited_by};
pub use ns_test_macros::{ns_test, ns_test as test};
pub use spec::Offset;

/// Makes the `main` function of a test target that has `harness = false`: it runs the annotated tests.
///
/// Write it once, at the end of the target's file; the command line is libtest's.
#[macro_export]
macro_rules! main {
    () => {
        fn main() -> ::std::process::ExitCode {
            $crate::run()
        }
    };
}

/// What the attribute expands to. Not for people: anything here may change in any release.
#[doc(hidden)]
pub mod __private {
    pub use crate::case::{Case, Ignore, Leftovers, ShouldPanic};
    pub use crate::skip::skip;
    pub use crate::spec::{
        Bind, Env, Ids, Limit, List, Mount, Net, Offset, Pid, Propagation, Range, Spec, Sysctl,
        Text, Time, Tmpfs, User, Uts,
    };
    pub fn report<T: std::process::Termination>(t: T) -> std::process::ExitCode {
        t.report()
    }
    pub fn libtest_entry(_module: &str, _name: &str) {}
}
