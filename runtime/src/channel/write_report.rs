//! Writes reports, in body, init and launcher. No function here allocates or makes a system call.

use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::sync::atomic::Ordering;

use crate::error::{Call, Failure, SetupError, Step};
use crate::sys::Errno;
use crate::sys::process::Pid;

use super::layout::{
    AS_EXPECTED, BEGUN, CALL, CPU_TIME, DETAIL, ENDED, ERRNO, FAILED, FULL, HAS_LEFTOVERS,
    HAS_MESSAGE, LEFTOVERS, NAME, NOT_SET_UP, NOTHING, PANICKED, REFUSAL, RETURNED, SKIPPED,
    STATUS, STEP, TEXT, WRITING,
};
use super::result_page::{CpuTime, ResultPage};
use crate::sys::Text;

/// Reports of the body. Only the first one counts.
impl ResultPage {
    pub(crate) fn write_begun(self) {
        self.body_state().change(NOTHING, BEGUN);
    }

    pub(crate) fn write_returned(self) {
        self.body_state().change(BEGUN, RETURNED);
    }

    /// Writes what the body of a preparation found in its directory, before it reports that the
    /// function returned.
    pub(crate) fn write_scanned(self, scanned: &str) {
        self.write_body(BEGUN, || TEXT.write(self.words(), scanned.as_bytes()));
    }

    /// Writes that the function returned a failure exit code, with its number if that is known.
    pub(crate) fn write_failed(self, code: Option<u8>) {
        self.write_body(FAILED, || {
            let detail = code.map_or(0, |code| u32::from(code) + 1);
            self.words()[DETAIL].store(detail, Ordering::Relaxed);
        });
    }

    pub(crate) fn write_panicked(self, message: Option<&str>, as_expected: bool) {
        self.write_body(PANICKED, || {
            let message_bit = if message.is_some() { HAS_MESSAGE } else { 0 };
            let expected_bit = if as_expected { AS_EXPECTED } else { 0 };
            self.words()[DETAIL].store(message_bit | expected_bit, Ordering::Relaxed);
            TEXT.write(self.words(), message.unwrap_or_default().as_bytes());
        });
    }

    pub(crate) fn write_skipped(self, reason: &str) {
        self.write_body(SKIPPED, || TEXT.write(self.words(), reason.as_bytes()));
    }

    fn write_body(self, state: u32, write: impl FnOnce()) {
        if self.body_state().change(BEGUN, WRITING) {
            write();
            self.body_state().change(WRITING, state);
        }
    }
}

/// Reports of init. The body also writes failures, and so does the launcher while init waits for
/// it.
impl ResultPage {
    pub(crate) fn write_failure(self, failure: Failure<'_>) {
        let path = failure
            .subject
            .map_or(&b""[..], |subject| subject.path.to_bytes());
        let asked = failure
            .subject
            .and_then(|subject| subject.asked.as_ref())
            .map_or(&b""[..], |asked| asked.to_bytes());
        self.write_parts(
            failure.step,
            failure.call,
            failure.errno,
            [path, asked, b""],
        );
    }

    pub(crate) fn write_error(self, error: &SetupError) {
        let path = error
            .path
            .as_ref()
            .map_or(&b""[..], |path| path.as_os_str().as_bytes());
        let asked = error.asked.as_deref().unwrap_or_default().as_bytes();
        let note = error.note.as_deref().unwrap_or_default().as_bytes();
        self.write_parts(error.step, error.call, error.errno, [path, asked, note]);
    }

    /// Writes the name of the process that exited without a report.
    pub(crate) fn write_name(self, name: &[u8]) {
        if self.claim() {
            NAME.write(self.words(), name);
        }
    }

    /// Writes the body's hard limit of processor time, and what it has used.
    pub(crate) fn write_cpu_time(self, time: CpuTime) {
        if self.claim() {
            let numbers = [u128::from(time.limit.as_secs()), time.used.as_millis()];
            for (word, number) in CPU_TIME.into_iter().zip(numbers) {
                let number = u32::try_from(number).unwrap_or(u32::MAX);
                self.words()[word].store(number, Ordering::Relaxed);
            }
        }
    }

    /// Writes that the scratch space of the test's overlays is full: its size and free space, in
    /// bytes.
    pub(crate) fn write_full_scratch(self, bytes: [u64; 2]) {
        if self.claim() {
            for (word, bytes) in FULL.into_iter().zip(bytes) {
                let kibibytes = u32::try_from(bytes >> 10).unwrap_or(u32::MAX);
                self.words()[word].store(kibibytes, Ordering::Relaxed);
            }
        }
    }

    /// Writes that processes outlive the body, whether or not init can name any.
    pub(crate) fn write_has_leftovers(self) {
        if self.claim() {
            self.words()[HAS_LEFTOVERS].store(1, Ordering::Relaxed);
        }
    }

    /// Writes a process that outlives the body, with its command line from /proc.
    pub(crate) fn write_leftover(self, pid: Pid, command: &[u8]) {
        if self.claim() {
            let mut digits = Text::<16>::new();
            digits.push_number(pid.unsigned_abs());
            let command = command.strip_suffix(b"\0").unwrap_or(command);
            LEFTOVERS.append(self.words(), &[digits.as_bytes(), b"\0", command, b"\n"]);
        }
    }

    /// Writes init's last report.
    pub(crate) fn write_ended(self, status: ExitStatus) {
        if self.claim() {
            let status = u32::from_ne_bytes(status.into_raw().to_ne_bytes());
            self.words()[STATUS].store(status, Ordering::Relaxed);
            self.init_state().change(WRITING, ENDED);
        }
    }

    /// Keeps the page with this request until the report is complete. `false`: the page belongs to
    /// another request, or the body has already reported a setup failure, which is why it exited.
    fn claim(self) -> bool {
        let state = self.init_state();
        state.change(NOTHING, WRITING) || state.get() == Some(WRITING)
    }

    fn write_parts(self, step: Step, call: Call, errno: Errno, [path, asked, note]: [&[u8]; 3]) {
        if self.claim() {
            self.words()[STEP].store(step.number(), Ordering::Relaxed);
            self.words()[CALL].store(call.number(), Ordering::Relaxed);
            self.words()[ERRNO].store(errno.number().unsigned_abs(), Ordering::Relaxed);
            REFUSAL.append(self.words(), &[path, b"\0", asked, b"\0", note]);
            self.init_state().change(WRITING, NOT_SET_UP);
        }
    }
}
