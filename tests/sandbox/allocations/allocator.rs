//! An allocator that ends processes which libc did not fork, if they allocate.

#![expect(
    unsafe_code,
    reason = "an allocator, and a process without libc's knowledge"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::{c_int, c_long};
use std::sync::atomic::{AtomicI32, Ordering};
use std::{hint, io};

/// The exit status of a process that allocates where this is forbidden.
pub(crate) const EXIT_CODE: c_int = 99;

#[global_allocator]
static ALLOCATOR: Watched = Watched;

/// The process that may allocate: 0 before [`watch`].
///
/// libc's own fork creates a process that may allocate: the handler below stores its pid here.
/// Init, and all processes that it creates for a program, come from raw calls, which run no
/// handler. They may not allocate until they execute a program or fork through libc.
static ALLOWED: AtomicI32 = AtomicI32::new(0);

/// Begins the watch: from now on, an allocation ends a process that a raw call has created.
pub(crate) fn watch() {
    allow_this_process();
    // SAFETY: the function is static, takes nothing, and only stores a number.
    unsafe { libc::pthread_atfork(None, None, Some(allow_this_process)) };
}

/// Returns the exit code of a process that a raw call creates and that allocates.
pub(crate) fn exit_code_of_an_allocation() -> io::Result<c_int> {
    let none: c_long = 0;
    let flags = c_long::from(libc::SIGCHLD);
    // SAFETY: a copy of this process, without pointers; the child exits before it returns from
    // here.
    let pid = unsafe { libc::syscall(libc::SYS_clone, flags, none, none, none, none) };
    let pid = c_int::try_from(pid).map_err(io::Error::other)?;
    if pid == 0 {
        hint::black_box(Box::new(1));
        // SAFETY: never returns.
        unsafe { libc::_exit(0) };
    }
    let mut status = 0;
    // SAFETY: the status outlives the call.
    match unsafe { libc::waitpid(pid, &raw mut status, 0) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(libc::WEXITSTATUS(status)),
    }
}

extern "C" fn allow_this_process() {
    ALLOWED.store(this_process(), Ordering::Relaxed);
}

fn this_process() -> c_int {
    // SAFETY: can't fail.
    unsafe { libc::getpid() }
}

fn check() {
    let allowed = ALLOWED.load(Ordering::Relaxed);
    if allowed != 0 && allowed != this_process() {
        let message = b"the heap was used between clone and body\n";
        // SAFETY: the buffer has the stated length.
        unsafe { libc::write(2, message.as_ptr().cast(), message.len()) };
        // SAFETY: never returns.
        unsafe { libc::_exit(EXIT_CODE) };
    }
}

struct Watched;

// SAFETY: forwards to the system's allocator, or the process exits.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        check();
        // SAFETY: the caller upholds the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        check();
        // SAFETY: the caller upholds the contract.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        check();
        // SAFETY: the caller upholds the contract.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, length: usize) -> *mut u8 {
        check();
        // SAFETY: the caller upholds the contract.
        unsafe { System.realloc(memory, layout, length) }
    }
}
