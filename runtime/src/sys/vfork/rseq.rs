//! Restartable sequences: `rseq(2)`. The kernel keeps a thread's current processor number in an
//! area that libc has registered.
//!
//! A child that shares memory with its parent loses the registration (`rseq_fork` in
//! include/linux/rseq.h), and its own forks never have one, although libc assumes one.
//! `sched_getcpu(3)` would return the same number forever. nix has neither `rseq` nor `dlsym`.

use std::arch::asm;
use std::ffi::{CStr, c_void};
use std::ptr::{self, NonNull};

use nix::libc;

/// The place of glibc's area, relative to the thread pointer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Area {
    offset: isize,
}

impl Area {
    /// Returns the area. `None`: this libc registers none. (glibc does since 2.35, musl never.)
    /// Takes the dynamic linker's lock.
    pub(crate) fn of_libc() -> Option<Self> {
        // glibc's manual gives the symbols these types.
        let size = constant::<u32>(c"__rseq_size")?;
        let offset = constant::<isize>(c"__rseq_offset")?;
        // Zero if the kernel has refused the registration, or the user has disabled it
        // (`GLIBC_TUNABLES=glibc.pthread.rseq=0`).
        (size != 0).then_some(Self { offset })
    }

    /// Registers the calling thread's area again. If the kernel refuses, marks the area as
    /// unregistered, so that libc does not use it.
    pub(crate) fn register(self) {
        let area = thread_pointer().wrapping_byte_offset(self.offset);
        // SAFETY: libc has reserved this memory only for this purpose, in every thread that it has
        // started, with at least that length.
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

/// `RSEQ_SIG`: the signature before each abort handler in this processor's code.
#[cfg(target_arch = "x86_64")]
const SIGNATURE: u32 = 0x5305_3053;
#[cfg(target_arch = "aarch64")]
const SIGNATURE: u32 = 0xd428_bc00;

/// Returns one of the two symbols above, if libc has it. Each is constant once the program runs.
fn constant<T: Copy>(name: &CStr) -> Option<T> {
    // SAFETY: the name is a C string; the lookup among the loaded objects runs none of their code.
    let found = unsafe { libc::dlsym(ptr::null_mut(), name.as_ptr()) };
    let found = NonNull::new(found.cast::<T>())?;
    // SAFETY: this file names the two symbols with their types.
    Some(unsafe { found.read() })
}

/// The ABI for thread-local storage stores the thread pointer in the word that it points to.
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
    // SAFETY: reads a register, or a word that always exists.
    unsafe {
        asm!(read_thread_pointer!(), out(reg) pointer, options(nostack, preserves_flags, readonly));
    }
    pointer
}
