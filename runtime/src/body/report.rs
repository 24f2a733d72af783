//! The body's report on its test, and the check that none of its children reports in its place.
//!
//! Between the return of the test's function and the report there is no system call, no allocation
//! and no lock that another process or thread holds. So a seccomp filter that the test has
//! installed cannot change its result. (Only the callbacks that the test registered may make calls:
//! `context.rs`.)

use std::any::Any;
use std::fmt::{self, Write as _};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use super::context;
use super::skip;
use crate::channel::result_page::ResultPage;
use crate::request::case::ShouldPanic;
use crate::sys::fork_mark::ForkMark;
use crate::sys::process::{self, Pid};

/// The exit status of a body that reports anything but success.
pub(crate) const PANIC_CODE: i32 = 101;

/// The body's right to report.
#[derive(Clone, Copy)]
pub(super) struct Reporter {
    page: ResultPage,
    body: Body,
    should_panic: ShouldPanic,
}

/// How a process recognizes that it is the body.
#[derive(Clone, Copy)]
enum Body {
    Marked(ForkMark),
    /// For kernels without such marks.
    Pid(Pid),
}

impl Reporter {
    /// Creates the right to report for the calling process, which is the body.
    pub(super) fn new(page: ResultPage, mark: Option<ForkMark>, should_panic: ShouldPanic) -> Self {
        let body = match mark {
            Some(mark) => {
                mark.set();
                Body::Marked(mark)
            }
            None => Body::Pid(process::getpid()),
        };
        Self {
            page,
            body,
            should_panic,
        }
    }

    /// Runs the test's function, and reports how it ended. Returns the exit status to use.
    pub(super) fn call(self, function: impl FnOnce() -> ExitCode) -> i32 {
        let result = panic::catch_unwind(AssertUnwindSafe(|| {
            let code = function();
            if self.is_body() {
                context::check();
            }
            code
        }));
        if !self.is_body() {
            // A child that the test forked has returned through the test's own code.
            process::exit_now(i32::from(result.is_err()));
        }
        // An early verdict, which decides whether files of a failed test are kept. The harness
        // judges the test again, because it knows how the process exits.
        let should_panic = self.should_panic != ShouldPanic::No;
        match result {
            Ok(code) if code == ExitCode::SUCCESS => {
                context::finish(!should_panic);
                self.page.write_returned();
                return 0;
            }
            Ok(code) => {
                context::finish(false);
                self.page.write_failed(number_of(code));
            }
            Err(payload) => {
                let reason = skip::reason(&*payload);
                context::finish(should_panic || reason.is_some());
                match reason {
                    Some(reason) => self.page.write_skipped(reason),
                    None => self.report_panic(&*payload),
                }
                // Its destructor could panic.
                std::mem::forget(payload);
            }
        }
        PANIC_CODE
    }

    /// Prepares reports for `panic = "abort"`. A panic then does not unwind to
    /// [`call`](Self::call), so the panic hook and `skip!` report instead.
    pub(super) fn report_before_aborting(self) {
        let printing = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if self.is_body() {
                self.report_panic(panic.payload());
            }
            printing(panic);
        }));
        skip::leave_by(move |reason| {
            if !self.is_body() {
                process::exit_now(1);
            }
            self.page.write_skipped(reason);
            #[expect(clippy::disallowed_methods, reason = "the one process that ends so")]
            std::process::exit(PANIC_CODE)
        });
    }

    fn report_panic(self, payload: &(dyn Any + Send)) {
        let message = message(payload);
        let as_expected = match self.should_panic {
            ShouldPanic::Expected(expected) => {
                message.is_some_and(|message| message.contains(expected))
            }
            ShouldPanic::No | ShouldPanic::Yes => true,
        };
        self.page.write_panicked(message, as_expected);
    }

    fn is_body(self) -> bool {
        match self.body {
            Body::Marked(mark) => mark.is_set(),
            Body::Pid(pid) => process::getpid() == pid,
        }
    }
}

/// Returns the number of an exit code, from its debug text: the only access to it in stable Rust.
/// `None`: the text is not as expected.
fn number_of(code: ExitCode) -> Option<u8> {
    let mut digits = Digits(None);
    write!(digits, "{code:?}").ok()?;
    digits.0
}

/// The number that all digits of a text form together.
struct Digits(Option<u8>);

impl fmt::Write for Digits {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes().filter(u8::is_ascii_digit) {
            let number = self.0.unwrap_or(0).checked_mul(10);
            self.0 = Some(
                number
                    .and_then(|number| number.checked_add(byte - b'0'))
                    .ok_or(fmt::Error)?,
            );
        }
        Ok(())
    }
}

fn message(payload: &(dyn Any + Send)) -> Option<&str> {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
}
