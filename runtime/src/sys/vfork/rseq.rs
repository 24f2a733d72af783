//! Restartable sequences: `rseq(2)`. The kernel keeps a thread's processor number up to date in an area that libc has registered.
//!
//! A child that shares memory with its parent loses the registration (`rseq_fork` in include/linux/rseq.h), and what it forks never
//! had one, though libc believes so: `sched_getcpu(3)` would answer the same number for ever.

use std::arch::asm;
use std::ffi::{CStr, c_void};
use std::ptr::{self, NonNull};

use nix::libc;

/// Where glibc has a thread's area, as seen from the thread pointer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Area {
    offset: isize,
}

impl Area {
    /// `None`: this libc registers none. (glibc does since 2.35, musl never.) Takes the dynamic linker's lock.
    pub(crate) fn of_libc() -> Option<Self> {
        // glibc's manual gives the symbols these types.
        let size = constant::<u32>(c"__rseq_size")?;
        let offset = constant::<isize>(c"__rseq_offset")?;
        // Zero where the kernel has refused it, or the user (`GLIBC_TUNABLES=glibc.pthread.rseq=0`).
        (size != 0).then_some(Self { offset })
    }

    /// Registers the calling thread's area anew. Where the kernel refuses that, libc gets to know that it has none.
    pub(crate) fn register(self) {
        let area = thread_pointer().wrapping_byte_offset(self.offset);
        // SAFETY: libc has set this memory aside for nothing else, in every thread that it has started, and with at least
        // that length.
        let registered = unsafe { libc::syscall(libc::SYS_rseq, area, LENGTH, 0, SIGNATURE) };
        if registered == -1 {
            // `cpu_id` is the second of its 32-bit words.
            let cpu_id = area.cast::<i32>().wrapping_add(1);
            // SAFETY: the same memory.
            unsafe { cpu_id.write_volatile(REGISTRATION_FAILED) };
        }
    }
}

/// The length that every kernel takes.
const LENGTH: u32 = 32;

/// `RSEQ_CPU_ID_REGISTRATION_FAILED` of linux/rseq.h: `sched_getcpu` asks the kernel then.
const REGISTRATION_FAILED: i32 = -2;

/// `RSEQ_SIG`: what stands before each abort handler of this processor's code.
#[cfg(target_arch = "x86_64")]
const SIGNATURE: u32 = 0x5305_3053;
#[cfg(target_arch = "aarch64")]
const SIGNATURE: u32 = 0xd428_bc00;

/// One of the two symbols above. Each is a constant once the program runs.
fn constant<T: Copy>(name: &CStr) -> Option<T> {
    // SAFETY: the name is a C string; looking it up among what is loaded runs no code of it.
    let found = unsafe { libc::dlsym(ptr::null_mut(), name.as_ptr()) };
    let found = NonNull::new(found.cast::<T>())?;
    // SAFETY: this file names the two symbols with their types.
    Some(unsafe { found.read() })
}

/// The ABI for thread-local storage has the thread pointer in the word that it points to.
#[cfg(target_arch = "x86_64")]
macro_rules! read_thread_pointer {
    () => {
        "mov {}, fs:0"
    };
}
#[cfg(target_arch = "aarch64")]
macro_rules! read_thread_pointer {
    () => {
        "mrs {}, tpidr_el0"
    };
}

fn thread_pointer() -> *mut c_void {
    let pointer;
    // SAFETY: reads a register, or a word that is always there.
    unsafe {
        asm!(read_thread_pointer!(), out(reg) pointer, options(nostack, preserves_flags, readonly));
    }
    pointer
}
