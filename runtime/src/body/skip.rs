//! `skip!`: for a test that finds at run time that it cannot check anything on this machine.

use std::any::Any;
use std::fmt;
use std::panic;
use std::sync::OnceLock;

/// The payload with which `skip!` unwinds.
struct Skip(String);

/// Ends the running test as *ignored*, for this reason.
///
/// It unwinds, so that destructors run, but prints nothing. Call it on the test's own thread: on
/// another thread it ends only that thread.
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

/// Implements the macro.
pub fn skip(reason: fmt::Arguments<'_>) -> ! {
    let reason = reason.to_string();
    if let Some(leave) = LEAVE.get() {
        leave(&reason);
    }
    // Not `panic_any`, so that no panic hook prints a message.
    panic::resume_unwind(Box::new(Skip(reason)))
}

/// Sets how `skip!` leaves a test in a program that does not unwind.
pub(crate) fn leave_by(way: impl Fn(&str) + Send + Sync + 'static) {
    let _ = LEAVE.set(Box::new(way));
}

static LEAVE: OnceLock<Way> = OnceLock::new();

type Way = Box<dyn Fn(&str) + Send + Sync>;

/// Returns the reason if the payload is from `skip!`.
pub(crate) fn reason(payload: &(dyn Any + Send)) -> Option<&str> {
    payload.downcast_ref::<Skip>().map(|skip| &*skip.0)
}
