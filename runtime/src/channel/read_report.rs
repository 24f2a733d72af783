//! Reads reports, in the harness. Init and body read only whether something is reported yet.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::error::{Call, SetupError, Step};
use crate::sys::Errno;

use super::layout::{
    AS_EXPECTED, BEGUN, CALL, CPU_TIME, DETAIL, ENDED, ERRNO, FAILED, FULL, HAS_LEFTOVERS,
    HAS_MESSAGE, LEFTOVERS, NAME, NOT_SET_UP, NOTHING, PANICKED, REFUSAL, RETURNED, SKIPPED,
    STATUS, STEP, TEXT, WRITING,
};
use super::reports::{BodyReport, CpuTime, InitReport, Leftover};
use super::result_page::ResultPage;

impl ResultPage {
    pub(crate) fn body_report(self) -> BodyReport {
        let detail = || self.words()[DETAIL].load(Ordering::Relaxed);
        let text = || String::from_utf8_lossy(&TEXT.read(self.words())).into_owned();
        match self.body_state().get() {
            Some(NOTHING) => BodyReport::Nothing,
            Some(BEGUN | WRITING) => BodyReport::Begun,
            Some(RETURNED) => BodyReport::Returned,
            Some(FAILED) => BodyReport::Failed(
                detail()
                    .checked_sub(1)
                    .and_then(|code| u8::try_from(code).ok()),
            ),
            Some(PANICKED) => BodyReport::Panicked {
                message: (detail() & HAS_MESSAGE != 0).then(text),
                as_expected: detail() & AS_EXPECTED != 0,
            },
            Some(SKIPPED) => BodyReport::Skipped(text()),
            _ => BodyReport::Corrupt,
        }
    }

    /// Returns whether the body has begun and has reported nothing since.
    pub(crate) fn is_begun(self) -> bool {
        self.body_state().get() == Some(BEGUN)
    }

    pub(crate) fn init_report(self) -> InitReport {
        match self.init_state().get() {
            Some(NOTHING | WRITING) => InitReport::Nothing,
            Some(NOT_SET_UP) => self
                .failure()
                .map_or(InitReport::Corrupt, InitReport::NotSetUp),
            Some(ENDED) => InitReport::Ended(ExitStatus::from_raw(i32::from_ne_bytes(
                self.words()[STATUS].load(Ordering::Relaxed).to_ne_bytes(),
            ))),
            _ => InitReport::Corrupt,
        }
    }

    /// Returns the name of the process, if it exited without a report.
    pub(crate) fn name(self) -> Option<String> {
        let name = NAME.read(self.words());
        (!name.is_empty()).then(|| String::from_utf8_lossy(&name).into_owned())
    }

    /// Returns what the body of a preparation found, once it has reported that the function
    /// returned.
    pub(crate) fn scanned(self) -> String {
        String::from_utf8_lossy(&TEXT.read(self.words())).into_owned()
    }

    /// Returns the body's hard limit of processor time, and what it had used when it ended. `None`:
    /// there is no limit, or it was not near.
    pub(crate) fn cpu_time(self) -> Option<CpuTime> {
        let [limit, used] = self.pair(CPU_TIME);
        (limit > 0).then(|| CpuTime {
            limit: Duration::from_secs(limit),
            used: Duration::from_millis(used),
        })
    }

    /// Returns size and free space of a full scratch space. `None`: there is none, or it was not
    /// full when the test ended.
    pub(crate) fn full_scratch(self) -> Option<[u64; 2]> {
        let [size, free] = self.pair(FULL);
        (size > 0).then_some([size << 10, free << 10])
    }

    /// Returns whether processes outlived the body.
    pub(crate) fn has_leftovers(self) -> bool {
        self.words()[HAS_LEFTOVERS].load(Ordering::Relaxed) != 0
    }

    /// Returns the leftover processes that init found.
    pub(crate) fn leftovers(self) -> Vec<Leftover> {
        let text = LEFTOVERS.read(self.words());
        if text.is_empty() {
            return Vec::new();
        }
        String::from_utf8_lossy(&text)
            .lines()
            .filter_map(|line| {
                let (pid, command) = line.split_once('\0')?;
                Some(Leftover {
                    pid: pid.parse().ok()?,
                    command: command.replace('\0', " "),
                })
            })
            .collect()
    }

    /// Returns two words of the page.
    fn pair(self, [one, other]: [usize; 2]) -> [u64; 2] {
        let word = |at: usize| u64::from(self.words()[at].load(Ordering::Relaxed));
        [word(one), word(other)]
    }

    fn failure(self) -> Option<SetupError> {
        let word = |at: usize| self.words()[at].load(Ordering::Relaxed);
        let text = REFUSAL.read(self.words());
        let mut parts = text.splitn(3, |byte| *byte == 0);
        let mut part = || parts.next().filter(|part| !part.is_empty());
        let mut text = || part().map(OsStr::from_bytes);
        let error = SetupError {
            step: Step::from_number(word(STEP))?,
            call: Call::from_number(word(CALL))?,
            errno: Errno::from_number(i32::try_from(word(ERRNO)).ok()?),
            path: text().map(Into::into),
            asked: text().map(Into::into),
            note: text().map(|note| note.to_string_lossy().into_owned()),
        };
        Some(error.explained())
    }
}
