//! The call, and the child's first function.

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

/// What has to be known before there is such a child.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vfork {
    /// `None`: libc registers none.
    rseq: Option<rseq::Area>,
}

impl Vfork {
    /// `None`: it is not known how on this processor, with this libc.
    pub(crate) fn check() -> Option<Self> {
        // In a static program nobody can look up where glibc has its areas.
        if cfg!(all(target_env = "gnu", target_feature = "crt-static")) {
            return None;
        }
        Some(Self {
            rseq: rseq::Area::of_libc(),
        })
    }

    /// Runs `work` in a child, which ends with it at the latest, and returns once it has ended. The child's pid, as the caller counts, stands in `pid` before the child begins.
    ///
    /// The child has its own descriptors, working directory and namespaces, and the caller's memory: what it writes there the
    /// caller finds. It may fork: [`process::fork`] in it gives a process with memory of its own, on this thread's stack.
    /// Values that it owns at its end are forgotten, not dropped.
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
        // SAFETY: the child runs `begin` in this memory as a call on this very thread would, and nobody else does meanwhile:
        // CLONE_VFORK has the kernel hold the caller until the child has let go of the memory, `SingleThreaded` says that no
        // other thread runs, and no signal handler comes between. `call` outlives it, and the kernel's write of the pid is one to
        // an atomic. Its stack is the part of this one that the caller does not use: as far below this frame as nothing reaches
        // that the system call needs.
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

/// What the child is given.
struct Call<F> {
    work: Option<F>,
    rseq: Option<rseq::Area>,
}

/// How far below the caller's frame the child's begins. The frames of the C library's `clone` lie between: some hundred bytes.
const GAP: usize = 4096;

/// The child's first function. A panic ends the process: nothing unwinds out of an `extern "C"` function.
extern "C" fn begin<F>(call: *mut c_void) -> c_int
where
    F: FnOnce(Forked),
{
    // SAFETY: `Vfork::call` has passed a pointer to its own local, which nobody else looks at as long as the child runs.
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

/// Aligned as the ABIs of all processors want a new stack's.
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
