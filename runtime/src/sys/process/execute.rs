//! Replacing a program by another one, `execve(2)`, or exiting, `exit(3)`.

use std::ffi::{CStr, CString, c_char};
use std::ptr;

use nix::libc;

use crate::sys::Errno;

/// A null-terminated array of C strings, as `execve(2)` takes it. There is room for one more
/// string.
#[derive(Debug)]
pub(crate) struct Strings {
    pointers: Vec<*const c_char>,
    _owned: Vec<CString>,
}

impl From<Vec<CString>> for Strings {
    fn from(owned: Vec<CString>) -> Self {
        let mut pointers = Vec::new();
        for text in &owned {
            pointers.push(text.as_ptr());
        }
        pointers.extend_from_slice(&[ptr::null(); 2]);
        Self {
            pointers,
            _owned: owned,
        }
    }
}

/// Executes another program. Returns only if that fails. A raw call, because nix collects the
/// strings into vectors.
pub(crate) fn execute(path: &CStr, arguments: &Strings, environment: &Strings) -> Errno {
    // SAFETY: a C string and two null-terminated arrays of C strings. The strings live as long as
    // the arrays.
    unsafe {
        libc::execve(
            path.as_ptr(),
            arguments.pointers.as_ptr(),
            environment.pointers.as_ptr(),
        )
    };
    Errno::last()
}

/// Executes another program, with one more variable, whose value is only known in the child.
pub(crate) fn execute_with(
    path: &CStr,
    arguments: &Strings,
    environment: &mut Strings,
    variable: Option<&CStr>,
) -> Errno {
    // The first of the two null pointers at the end.
    let spare = environment.pointers.len() - 2;
    environment.pointers[spare] = variable.map_or(ptr::null(), CStr::as_ptr);
    let errno = execute(path, arguments, environment);
    environment.pointers[spare] = ptr::null();
    errno
}

/// Registers a function that runs when the process exits: `atexit(3)`, which nix does not have. It
/// must not panic, and it also runs in a forked child.
pub(crate) fn at_exit(function: extern "C" fn()) {
    // SAFETY: the function is valid forever and takes no arguments. If there is no room for it, it
    // is not called.
    unsafe { libc::atexit(function) };
}

/// Exits at once, without atexit handlers, destructors or flushing: `_exit(2)`, which nix does not
/// have.
pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: never returns.
    unsafe { libc::_exit(code) }
}
