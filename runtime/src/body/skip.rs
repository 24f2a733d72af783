//! `skip!`: a test that finds out by itself that it has nothing to say here.

use std::any::Any;
use std::fmt;
use std::panic;
use std::sync::OnceLock;

/// What `skip!` unwinds with.
struct Skip(String);

/// Ends the running test as *ignored*, for this reason.
///
/// It unwinds, so that destructors run, but prints nothing. Call it on the test's own thread: on another it ends that thread
/// only.
///
/// ```no_run
/// # use ns_test::ns_test;
/// #[ns_test(net)]
/// fn sends_through_the_tunnel() {
///     if !std::path::Path::new("/dev/net/tun").exists() {
///         ns_test::skip!("this machine has no tun device");
///     }
/// }
/// ```
#[macro_export]
macro_rules! skip {
    ($($reason:tt)+) => {
        $crate::__private::skip(::core::format_args!($($reason)+))
    };
}

/// What the macro calls.
pub fn skip(reason: fmt::Arguments<'_>) -> ! {
    let reason = reason.to_string();
    if let Some(leave) = LEAVE.get() {
        leave(&reason);
    }
    // Not `panic_any`: no panic hook has anything to say about it.
    panic::resume_unwind(Box::new(Skip(reason)))
}

/// How a test is left where nothing unwinds.
pub(crate) fn leave_by(way: impl Fn(&str) + Send + Sync + 'static) {
    let _ = LEAVE.set(Box::new(way));
}

static LEAVE: OnceLock<Way> = OnceLock::new();

type Way = Box<dyn Fn(&str) + Send + Sync>;

/// The reason, if that is what a test unwound with.
pub(crate) fn reason(payload: &(dyn Any + Send)) -> Option<&str> {
    payload.downcast_ref::<Skip>().map(|skip| &*skip.0)
}
