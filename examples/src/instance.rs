//! Allows only one instance per machine, by a System V semaphore with a fixed key.

use std::io;

/// Held while the program runs.
#[derive(Debug)]
pub struct Instance {
    semaphore: i32,
}

impl Instance {
    /// Claims the key for this process.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] if another process on the machine holds it, or held it when
    /// it crashed.
    pub fn claim(key: i32) -> io::Result<Self> {
        #[expect(unsafe_code, reason = "std has no System V IPC")]
        // SAFETY: takes no pointers.
        let semaphore = unsafe { libc::semget(key, 1, libc::IPC_CREAT | libc::IPC_EXCL | 0o600) };
        match semaphore {
            -1 => Err(io::Error::last_os_error()),
            semaphore => Ok(Self { semaphore }),
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        #[expect(unsafe_code, reason = "std has no System V IPC")]
        // SAFETY: IPC_RMID takes no fourth argument.
        let _ = unsafe { libc::semctl(self.semaphore, 0, libc::IPC_RMID) };
    }
}
