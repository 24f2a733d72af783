//! The page on which init and body write down what became of the test.
//!
//! A page and not a pipe: it needs no descriptor that a test could close, keep or write to by accident, it can't fill up, and
//! what was written stays readable whatever kills the writer. Each worker has one, shared with its launcher and all that is
//! forked from it. Between two tests nobody but the worker looks at it: init writes its last word only when all others
//! of the test are dead.

use std::ffi::OsStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::error::{Call, Failure, SetupError, Step};
use crate::sys::process::{Pid, WaitStatus};
use crate::sys::shared_memory::{self, PrivateWord, WORDS};
use crate::sys::{Errno, file};

use super::init_pid::InitPid;
use super::layout::{
    BODY_REPORT, CALL, DETAIL, ERRNO, FULL, INIT_REPORT, LEFTOVERS, NAME, REFUSAL, STATUS, STEP,
    TEXT,
};

/// A test's page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResultPage {
    words: &'static [AtomicU32; WORDS],
}

/// What the body says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BodyReport {
    /// Nothing: it did not get as far, or not back.
    Nothing,
    /// The function has been called.
    Begun,
    /// It returned a success.
    Returned,
    /// It returned an exit code that is none, if std shows its number.
    Failed(Option<u8>),
    /// It panicked, with this message if the payload was a text.
    Panicked(Option<String>),
    /// It called for the test to be ignored.
    Skipped(String),
    /// What stands there is no word of ours.
    Corrupt,
}

/// What init says of the test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum InitReport {
    /// Nothing: it was killed, or is at it still.
    Nothing,
    /// The sandbox could not be made.
    NotSetUp(SetupError),
    /// The body has ended like this.
    Ended(WaitStatus),
    /// What stands there is no word of ours.
    Corrupt,
}

/// A process that outlived the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leftover {
    pub(crate) pid: Pid,
    pub(crate) command: String,
}

impl ResultPage {
    pub(crate) fn new() -> Result<Self, Errno> {
        Self::with_pid().map(|(page, _)| page)
    }

    /// A page, and beside it the place for init's pid.
    pub(crate) fn with_pid() -> Result<(Self, InitPid), Errno> {
        shared_memory::shared().map(Self::of)
    }

    /// Both for a process that is not forked from this one, and the file that lets them be the same there.
    pub(crate) fn with_file() -> Result<(Self, InitPid, OwnedFd), Errno> {
        let file = shared_memory::file()?;
        let (page, init) = Self::of_file(file.as_fd())?;
        Ok((page, init, file))
    }

    /// Those that another process has made.
    pub(crate) fn of_file(file: BorrowedFd<'_>) -> Result<(Self, InitPid), Errno> {
        shared_memory::of_file(file).map(Self::of)
    }

    /// Wipes what the last test left.
    pub(crate) fn clear(self) {
        for word in &self.words[..TEXT.start] {
            word.store(0, Ordering::Relaxed);
        }
    }

    pub(crate) fn write_begun(self) {
        self.words[BODY_REPORT].store(BEGUN, Ordering::Release);
    }

    /// The body's last word.
    pub(crate) fn write_body_report(self, body_report: &BodyReport) {
        let number = match body_report {
            BodyReport::Nothing | BodyReport::Corrupt => return,
            BodyReport::Begun => BEGUN,
            BodyReport::Returned => RETURNED,
            BodyReport::Failed(code) => {
                self.words[DETAIL].store(
                    code.map_or(0, |code| u32::from(code) + 1),
                    Ordering::Relaxed,
                );
                FAILED
            }
            BodyReport::Panicked(message) => {
                self.words[DETAIL].store(u32::from(message.is_some()), Ordering::Relaxed);
                TEXT.append(
                    self.words,
                    &[message.as_deref().unwrap_or_default().as_bytes()],
                );
                PANICKED
            }
            BodyReport::Skipped(reason) => {
                TEXT.append(self.words, &[reason.as_bytes()]);
                SKIPPED
            }
        };
        self.words[BODY_REPORT].store(number, Ordering::Release);
    }

    pub(crate) fn body_report(self) -> BodyReport {
        let detail = || self.words[DETAIL].load(Ordering::Relaxed);
        let text = || String::from_utf8_lossy(&TEXT.read(self.words)).into_owned();
        match self.words[BODY_REPORT].load(Ordering::Acquire) {
            0 => BodyReport::Nothing,
            BEGUN => BodyReport::Begun,
            RETURNED => BodyReport::Returned,
            FAILED => BodyReport::Failed(
                detail()
                    .checked_sub(1)
                    .and_then(|code| u8::try_from(code).ok()),
            ),
            PANICKED => BodyReport::Panicked((detail() == 1).then(text)),
            SKIPPED => BodyReport::Skipped(text()),
            _ => BodyReport::Corrupt,
        }
    }

    /// From a process in which nothing may be allocated.
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
        let [asked, note] =
            [&error.asked, &error.note].map(|text| text.as_deref().unwrap_or_default().as_bytes());
        self.write_parts(error.step, error.call, error.errno, [path, asked, note]);
    }

    /// Whether the body has begun, and not said anything since.
    pub(crate) fn is_begun(self) -> bool {
        self.words[BODY_REPORT].load(Ordering::Acquire) == BEGUN
    }

    /// The name of the process that ended without a word.
    pub(crate) fn write_name(self, name: &[u8]) {
        NAME.append(self.words, &[name]);
    }

    pub(crate) fn name(self) -> Option<String> {
        let name = NAME.read(self.words);
        (!name.is_empty()).then(|| String::from_utf8_lossy(&name).into_owned())
    }

    /// The scratch space of the test's overlays is full: its size, and what is free of it, in bytes.
    pub(crate) fn write_full_scratch(self, bytes: [u64; 2]) {
        for (word, bytes) in FULL.into_iter().zip(bytes) {
            let kibibytes = u32::try_from(bytes >> 10).unwrap_or(u32::MAX);
            self.words[word].store(kibibytes, Ordering::Relaxed);
        }
    }

    /// `None`: it was not full when the test ended, or there is none.
    pub(crate) fn full_scratch(self) -> Option<[u64; 2]> {
        let bytes = FULL.map(|word| u64::from(self.words[word].load(Ordering::Relaxed)) << 10);
        (bytes[0] > 0).then_some(bytes)
    }

    /// A process that outlives the body, and its command line as /proc has it.
    pub(crate) fn write_leftover(self, pid: Pid, command: &[u8]) {
        let mut digits = file::Text::<16>::new();
        digits.push_number(pid.unsigned_abs());
        let command = command.strip_suffix(b"\0").unwrap_or(command);
        LEFTOVERS.append(self.words, &[digits.as_bytes(), b"\0", command, b"\n"]);
    }

    pub(crate) fn leftovers(self) -> Vec<Leftover> {
        let text = String::from_utf8_lossy(&LEFTOVERS.read(self.words)).into_owned();
        text.lines()
            .filter_map(|line| {
                let (pid, command) = line.split_once('\0')?;
                Some(Leftover {
                    pid: pid.parse().ok()?,
                    command: command.replace('\0', " "),
                })
            })
            .collect()
    }

    pub(crate) fn write_ended(self, status: WaitStatus) {
        self.words[STATUS].store(
            u32::from_ne_bytes(status.0.to_ne_bytes()),
            Ordering::Relaxed,
        );
        // Unless the body has told already that it could not be made ready: that is why it ended.
        let _ = self.words[INIT_REPORT].compare_exchange(
            0,
            ENDED,
            Ordering::Release,
            Ordering::Relaxed,
        );
    }

    pub(crate) fn init_report(self) -> InitReport {
        match self.words[INIT_REPORT].load(Ordering::Acquire) {
            0 => InitReport::Nothing,
            NOT_SET_UP => self
                .failure()
                .map_or(InitReport::Corrupt, InitReport::NotSetUp),
            ENDED => InitReport::Ended(WaitStatus(i32::from_ne_bytes(
                self.words[STATUS].load(Ordering::Relaxed).to_ne_bytes(),
            ))),
            _ => InitReport::Corrupt,
        }
    }

    fn of((words, private_word): (&'static [AtomicU32; WORDS], PrivateWord)) -> (Self, InitPid) {
        (Self { words }, InitPid::new(private_word))
    }

    fn write_parts(self, step: Step, call: Call, errno: Errno, [path, asked, note]: [&[u8]; 3]) {
        self.words[STEP].store(step.number(), Ordering::Relaxed);
        self.words[CALL].store(call.number(), Ordering::Relaxed);
        self.words[ERRNO].store(errno.number().unsigned_abs(), Ordering::Relaxed);
        REFUSAL.append(self.words, &[path, b"\0", asked, b"\0", note]);
        self.words[INIT_REPORT].store(NOT_SET_UP, Ordering::Release);
    }

    fn failure(self) -> Option<SetupError> {
        let word = |at: usize| self.words[at].load(Ordering::Relaxed);
        let text = REFUSAL.read(self.words);
        let mut parts = text.splitn(3, |byte| *byte == 0);
        let mut part = || parts.next().filter(|part| !part.is_empty());
        let path = part().map(|path| OsStr::from_bytes(path).into());
        let mut words = || part().map(|text| String::from_utf8_lossy(text).into_owned());
        let error = SetupError {
            step: Step::from_number(word(STEP))?,
            call: Call::from_number(word(CALL))?,
            errno: Errno::from_number(i32::try_from(word(ERRNO)).ok()?),
            path,
            asked: words(),
            note: words(),
        };
        Some(error.explained())
    }
}

/// Words of the body. No small numbers: memory that is overwritten by accident should not look like one.
const BEGUN: u32 = 0xb0d1_0001;
const RETURNED: u32 = 0xb0d1_0002;
const FAILED: u32 = 0xb0d1_0003;
const PANICKED: u32 = 0xb0d1_0004;
const SKIPPED: u32 = 0xb0d1_0005;

/// Words of init.
const NOT_SET_UP: u32 = 0x1717_0001;
const ENDED: u32 = 0x1717_0002;
