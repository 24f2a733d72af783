//! The beginning of a user's code in a backtrace.

use std::hint;

/// Calls a user's function. A panic's backtrace ends with that function, unless `RUST_BACKTRACE` is
/// `full`.
pub(super) fn call<T>(function: impl FnOnce() -> T) -> T {
    __rust_begin_short_backtrace(function)
}

/// Marks the end of a short backtrace: std leaves out all frames above a function of this name.
#[inline(never)]
fn __rust_begin_short_backtrace<T>(function: impl FnOnce() -> T) -> T {
    // Keeps the call from becoming a jump, which would remove this frame from the stack.
    hint::black_box(function())
}
