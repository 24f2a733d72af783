//! The call, and the child's first function. A raw call, because nix's `clone` takes a boxed
//! function and no place for the pid.

use std::arch::asm;
use std::ffi::{c_int, c_void};
use std::ptr;
use std::sync::atomic::AtomicU32;

use nix::libc;

use crate::sys::Errno;
use crate::sys::errno::check;
use crate::sys::process::{self, CHOOSABLE, Forked};
use crate::sys::signal::SignalsBlocked;
use crate::sys::thread::SingleThreaded;

#[path = "rseq.rs"]
mod rseq;

/// Facts that must be known before such a child exists.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vfork {
    /// `None`: libc registers none.
    rseq: Option<rseq::Area>,
}

impl Vfork {
    /// Returns the facts. `None`: the crate does not support this processor with this libc.
    pub(crate) fn check() -> Option<Self> {
        // A static program cannot look up glibc's areas.
        if cfg!(all(target_env = "gnu", target_feature = "crt-static")) {
            return None;
        }
        Some(Self {
            rseq: rseq::Area::of_libc(),
        })
    }

    /// Runs `work` in a child, which exits at the latest when `work` returns, and returns once the
    /// child has ended. The kernel writes the child's pid, in the caller's pid namespace, to `pid`
    /// before the child begins.
    ///
    /// The child has its own descriptors, working directory and namespaces, and shares the caller's
    /// memory, so the caller sees its writes. It may fork: [`process::fork`] in it makes a process
    /// with its own memory, on this thread's stack. Values that it owns at its exit are not
    /// dropped.
    pub(crate) fn call<F>(
        self,
        _single_threaded: &SingleThreaded,
        _blocked: &SignalsBlocked,
        flags: u64,
        pid: &'static AtomicU32,
        work: F,
    ) -> Result<(), Errno>
    where
        F: FnOnce(Forked),
    {
        assert_eq!(flags & !CHOOSABLE, 0, "not a flag of a namespace");
        let mut call = Call {
            work: Some(work),
            rseq: self.rseq,
        };
        let memory = libc::CLONE_VM | libc::CLONE_VFORK;
        let flags = flags as c_int | memory | libc::CLONE_PARENT_SETTID | libc::SIGCHLD;
        let none = ptr::null_mut::<c_void>();
        // SAFETY: the child runs `begin` in this memory as a call on this thread would, and no
        // other code runs meanwhile. CLONE_VFORK makes the kernel suspend the caller until the
        // child has released the memory. `SingleThreaded` proves that no other thread runs, and
        // signal handlers are blocked. `call` outlives the child, and the kernel writes the pid to
        // an atomic. The child's stack is the unused part of this one, far enough below this frame
        // that it does not overlap the frames of the system call.
        check(unsafe {
            libc::clone(
                begin::<F>,
                stack_pointer().wrapping_byte_sub(GAP),
                flags,
                ptr::from_mut(&mut call).cast(),
                pid.as_ptr(),
                none,
                none,
            )
        })
        .map(drop)
    }
}

/// The arguments of the child.
struct Call<F> {
    work: Option<F>,
    rseq: Option<rseq::Area>,
}

/// The distance between the caller's frame and the child's stack. The frames of the C library's
/// `clone` are in between: some hundred bytes.
const GAP: usize = 4096;

/// Runs first in the child. A panic ends the process: nothing unwinds out of an `extern "C"`
/// function.
extern "C" fn begin<F>(call: *mut c_void) -> c_int
where
    F: FnOnce(Forked),
{
    // SAFETY: `Vfork::call` has passed a pointer to its own local, which no other code accesses
    // while the child runs.
    let call = unsafe { &mut *call.cast::<Call<F>>() };
    if let Some(area) = call.rseq {
        area.register();
    }
    if let Some(work) = call.work.take() {
        work(Forked::new());
    }
    process::exit_now(0)
}

#[cfg(target_arch = "x86_64")]
macro_rules! read_stack_pointer {
    () => {
        "mov {}, rsp"
    };
}
#[cfg(target_arch = "aarch64")]
macro_rules! read_stack_pointer {
    () => {
        "mov {}, sp"
    };
}

/// Returns a stack pointer with the alignment that the ABIs of all processors require of a new
/// stack.
#[inline(always)]
#[expect(clippy::inline_always, reason = "it speaks of its caller's frame")]
fn stack_pointer() -> *mut c_void {
    let pointer: usize;
    // SAFETY: copies a register.
    unsafe {
        asm!(read_stack_pointer!(), out(reg) pointer, options(nostack, nomem, preserves_flags));
    }
    ptr::with_exposed_provenance_mut(pointer & !63)
}
