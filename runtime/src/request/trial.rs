//! A test made at run time.

use std::process::{ExitCode, Termination};
use std::time::Duration;

use super::Sandbox;
use super::case::{Ignore, Leftovers, Options, Refused, ShouldPanic};

/// A test made at run time, with the options and attributes of an annotated function.
///
/// ```no_run
/// use std::time::Duration;
///
/// use ns_test::{Harness, Sandbox, Trial};
///
/// fn main() -> std::process::ExitCode {
///     let bind = || std::net::TcpListener::bind("127.0.0.1:53").map(drop);
///     let dns = Trial::new("dns", Sandbox::new().net(), bind).timeout(Duration::from_secs(5));
///     let slow = Trial::new("slow", Sandbox::new(), || ()).ignore("takes a minute");
///     Harness::new().with(dns).with(slow).run()
/// }
/// ```
#[must_use = "a trial runs when a harness has it"]
pub struct Trial {
    pub(crate) name: String,
    pub(crate) sandbox: Sandbox,
    pub(crate) body: Box<dyn Fn() -> ExitCode + Send + Sync>,
    pub(crate) options: Options,
}

impl Trial {
    /// Returns a trial that runs the function in a fresh sandbox of this kind. The function's
    /// result counts like that of an annotated function.
    pub fn new<T: Termination>(
        name: impl Into<String>,
        sandbox: Sandbox,
        function: impl Fn() -> T + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            sandbox,
            body: Box::new(move || function().report()),
            options: Options::DEFAULT,
        }
    }

    /// Sets `timeout = ".."`: the test fails after this time. Default: `NS_TEST_TIMEOUT`, else
    /// none.
    pub fn timeout(mut self, time: Duration) -> Self {
        self.options.timeout = Some(time);
        self
    }

    /// Sets `#[ignore = "reason"]`: the test runs only with `--ignored` or `--include-ignored`. An
    /// empty string means no reason.
    pub fn ignore(mut self, reason: impl Into<String>) -> Self {
        self.options.ignore = match lasting(reason.into()) {
            "" => Ignore::Yes,
            reason => Ignore::Because(reason),
        };
        self
    }

    /// Sets `#[should_panic]`: the test passes if the function panics.
    pub fn should_panic(mut self) -> Self {
        self.options.should_panic = ShouldPanic::Yes;
        self
    }

    /// Sets `#[should_panic(expected = "..")]`: the test passes if the function panics with a
    /// message that contains this text.
    pub fn should_panic_with(mut self, expected: impl Into<String>) -> Self {
        self.options.should_panic = ShouldPanic::Expected(lasting(expected.into()));
        self
    }

    /// Sets `serial = "key"`: the test never runs in parallel with another test of this key, even
    /// in another process. A key has 1 to 64 bytes.
    pub fn serial(mut self, key: impl Into<String>) -> Self {
        self.options.serial = Some(key.into().into());
        self
    }

    /// Sets `leftovers = "fail"`: the test fails if it leaves a process running. Leftover processes
    /// are killed in any case.
    pub fn fail_on_leftovers(mut self) -> Self {
        self.options.leftovers = Leftovers::Fail;
        self
    }

    /// Sets `refused = "skip"`: the test is ignored on a machine that refuses a part of its
    /// sandbox.
    pub fn skip_if_refused(mut self) -> Self {
        self.options.refused = Refused::Skip;
        self
    }
}

impl std::fmt::Debug for Trial {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Trial")
            .field("name", &self.name)
            .field("sandbox", &self.sandbox)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Leaks the text: tests last as long as the process, and so do their texts.
fn lasting(text: String) -> &'static str {
    text.leak()
}
