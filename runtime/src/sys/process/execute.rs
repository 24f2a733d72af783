//! The end of a program: another one in its place, `execve(2)`, or `exit(3)`.

use std::ffi::{CStr, CString, c_char};
use std::ptr;

use nix::libc;

use crate::sys::Errno;

/// An array of C strings, ended by a null pointer: what `execve(2)` takes. There is room for one more.
#[derive(Debug)]
pub(crate) struct Strings {
    pointers: Vec<*const c_char>,
    _owned: Vec<CString>,
}

impl From<Vec<CString>> for Strings {
    fn from(owned: Vec<CString>) -> Self {
        let pointers = owned
            .iter()
            .map(|text| text.as_ptr())
            .chain([ptr::null(); 2])
            .collect();
        Self {
            pointers,
            _owned: owned,
        }
    }
}

/// Becomes another program. Returns only if that fails.
pub(crate) fn execute(path: &CStr, arguments: &Strings, environment: &Strings) -> Errno {
    // SAFETY: a C string and two arrays of them that end in a null pointer; what they point to lives as long as they do.
    unsafe {
        libc::execve(
            path.as_ptr(),
            arguments.pointers.as_ptr(),
            environment.pointers.as_ptr(),
        )
    };
    Errno::last()
}

/// Becomes another program, with one more variable: one that is only known in the child.
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

/// Has a function called when the process exits: `atexit(3)`. It must not panic, and a forked child calls it as well.
pub(crate) fn at_exit(function: extern "C" fn()) {
    // SAFETY: the function is there for ever and takes nothing. Should there be no room for it, it is not called.
    unsafe { libc::atexit(function) };
}

/// Ends the caller at once, without atexit handlers, destructors or flushing.
pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: never returns.
    unsafe { libc::_exit(code) }
}
