//! The shared page on which init and body report the result of a test.
//!
//! It is a page and not a pipe for three reasons. It needs no descriptor that a test could close,
//! keep or write to by accident. It cannot fill up. What was written stays readable, whatever kills
//! the writer.
//!
//! Each worker has several pages. It shares them with its launcher and with all processes forked
//! from that, until the body hides them from its own children.
//!
//! # Ownership
//!
//! A page belongs to one request at a time, and only that request's init and body may report on it.
//! Processes of an earlier request may still be alive and about to write: an init that was held, a
//! body that outlived its init. So:
//!
//! - Both state words carry the number of the request. A report is written by one
//!   compare-and-exchange from a state of the same number. Once the page belongs to another
//!   request, that exchange fails and changes nothing.
//! - The details of a report are written between two such exchanges, to and from [`WRITING`]. The
//!   page does not pass to another request in between: [`SharedPage::open`] returns `None`, and the
//!   worker goes on to the next of its pages.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::sys::Errno;
use crate::sys::shared_memory::{self, Pages, PrivateWord, WORDS, Words};

use super::init_pid::InitPid;
use super::layout::{BODY_REPORT, INIT_REPORT, NOTHING, TEXT, WRITING};

pub(crate) use super::reports::{BodyReport, CpuTime, InitReport, Leftover};

/// The memory of a worker's pages, each of which serves one request after another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SharedPage {
    pages: Pages,
}

/// A page during one request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResultPage {
    pages: Pages,
    number: u32,
}

impl SharedPage {
    /// Maps a page for a child whose maker knows its pid.
    pub(crate) fn new() -> Result<Self, Errno> {
        let (page, init) = Self::with_pid()?;
        init.keep_from_children();
        Ok(page)
    }

    /// Maps a page, with the word for init's pid next to it.
    pub(crate) fn with_pid() -> Result<(Self, InitPid), Errno> {
        shared_memory::shared().map(Self::of)
    }

    /// Maps both for a process that is not forked from this one, and returns the file that shares
    /// them.
    pub(crate) fn with_file() -> Result<(Self, InitPid, OwnedFd), Errno> {
        let file = shared_memory::file()?;
        let (page, init) = Self::of_file(file.as_fd())?;
        Ok((page, init, file))
    }

    /// Maps the page and the word that another process has made.
    pub(crate) fn of_file(file: BorrowedFd<'_>) -> Result<(Self, InitPid), Errno> {
        shared_memory::of_file(file).map(Self::of)
    }

    /// Takes the page from the previous request and gives it, cleared, to this one. `None`: a
    /// process of the previous request is writing a report, or was killed while writing.
    pub(crate) fn open(self, number: u32) -> Option<ResultPage> {
        let page = self.of_request(number);
        let body = page.state(BODY_REPORT).open();
        let init = page.state(INIT_REPORT).open();
        if !body || !init {
            return None;
        }
        for word in &page.memory().words[..TEXT.start] {
            word.store(0, Ordering::Relaxed);
        }
        Some(page)
    }

    /// Returns the page of a request for which the worker has already opened it.
    pub(crate) fn of_request(self, number: u32) -> ResultPage {
        ResultPage {
            pages: self.pages,
            number,
        }
    }

    /// Opens a page for a request that comes from no worker: this page, or a new one if it is not
    /// available.
    pub(crate) fn open_or_new(page: Option<Self>) -> Result<(Self, ResultPage), Errno> {
        static NUMBERS: AtomicU32 = AtomicU32::new(0);
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        if let Some((page, opened)) = page.and_then(|page| Some((page, page.open(number)?))) {
            return Ok((page, opened));
        }
        let page = Self::new()?;
        page.open(number)
            .map(|opened| (page, opened))
            .ok_or(Errno::BUSY)
    }

    /// Hides this memory from the children that this process forks from now on.
    pub(crate) fn keep_from_children(self) {
        self.pages.keep_from_children();
    }

    /// Reverts [`keep_from_children`](Self::keep_from_children).
    pub(crate) fn share_with_children(self) {
        self.pages.share_with_children();
    }

    fn of((pages, private_word): (Pages, PrivateWord)) -> (Self, InitPid) {
        (Self { pages }, InitPid::new(private_word))
    }
}

impl ResultPage {
    /// Returns the memory, for another request.
    pub(crate) fn shared(self) -> SharedPage {
        SharedPage { pages: self.pages }
    }

    /// Hides this memory from the children that this process forks from now on.
    pub(crate) fn keep_from_children(self) {
        self.pages.keep_from_children();
    }

    pub(super) fn words(self) -> &'static [AtomicU32; WORDS] {
        &self.memory().words
    }

    pub(super) fn body_state(self) -> State {
        self.state(BODY_REPORT)
    }

    pub(super) fn init_state(self) -> State {
        self.state(INIT_REPORT)
    }

    fn memory(self) -> &'static Words {
        self.pages.get(self.number)
    }

    fn state(self, which: usize) -> State {
        State {
            word: &self.memory().states[which],
            number: self.number,
        }
    }
}

/// One of the two state words, for one request.
#[derive(Clone, Copy)]
pub(super) struct State {
    word: &'static AtomicU64,
    number: u32,
}

impl State {
    /// Returns the state. `None`: the word belongs to another request.
    pub(super) fn get(self) -> Option<u32> {
        let word = self.word.load(Ordering::Acquire);
        let (number, state) = decode(word);
        (number == self.number).then_some(state)
    }

    /// Changes the state and returns whether it did. `false`: the word belongs to another request,
    /// or holds another state.
    pub(super) fn change(self, from: u32, to: u32) -> bool {
        let (from, to) = (self.encode(from), self.encode(to));
        let changed = self
            .word
            .compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire);
        changed.is_ok()
    }

    fn open(self) -> bool {
        let opened = self
            .word
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |before| {
                (decode(before).1 != WRITING).then_some(self.encode(NOTHING))
            });
        opened.is_ok()
    }

    fn encode(self, state: u32) -> u64 {
        u64::from(self.number) << 32 | u64::from(state)
    }
}

/// Splits a word into the number of a request and a state.
fn decode(word: u64) -> (u32, u32) {
    let half = |word: u64| u32::try_from(word & u64::from(u32::MAX)).unwrap_or_default();
    (half(word >> 32), half(word))
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::ExitStatus;

    use super::*;

    /// The next number after 1 that uses the same page.
    const NEXT: u32 = 9;

    #[test]
    fn a_late_report_changes_nothing() {
        let page = SharedPage::new().expect("there is memory");
        let first = page.open(1).expect("nothing is written");
        first.write_begun();
        let second = page
            .open(NEXT)
            .expect("nothing is in the middle of a report");
        second.write_begun();
        first.write_returned();
        first.write_panicked(Some("late"), true);
        first.write_ended(ExitStatus::from_raw(7));
        assert_eq!(second.body_report(), BodyReport::Begun);
        assert_eq!(second.init_report(), InitReport::Nothing);
        second.write_panicked(Some("in time"), false);
        let panicked = BodyReport::Panicked {
            message: Some("in time".to_owned()),
            as_expected: false,
        };
        assert_eq!(second.body_report(), panicked);
    }

    #[test]
    fn what_a_late_preparation_has_found_changes_nothing() {
        let page = SharedPage::new().expect("there is memory");
        let first = page.open(1).expect("nothing is written");
        first.write_begun();
        first.write_scanned("found");
        assert_eq!(first.scanned(), "found");
        assert_eq!(first.body_report(), BodyReport::Begun);
        let second = page
            .open(NEXT)
            .expect("nothing is in the middle of a report");
        second.write_begun();
        second.write_skipped("reason");
        first.write_scanned("late");
        let skipped = BodyReport::Skipped("reason".to_owned());
        assert_eq!(second.body_report(), skipped);
    }

    #[test]
    fn a_page_stays_with_a_writer() {
        let page = SharedPage::new().expect("there is memory");
        let first = page.open(1).expect("nothing is written");
        first.write_begun();
        assert!(
            first
                .body_state()
                .change(super::super::layout::BEGUN, WRITING)
        );
        assert!(page.open(NEXT).is_none());
        assert!(page.open(2).is_some(), "the other pages are free");
    }

    #[test]
    fn what_is_no_report_is_corrupt() {
        let page = SharedPage::new().expect("there is memory");
        let first = page.open(1).expect("nothing is written");
        for state in &first.memory().states {
            state.store(0x5a5a_5a5a_5a5a_5a5a, Ordering::Relaxed);
        }
        assert_eq!(first.body_report(), BodyReport::Corrupt);
        assert_eq!(first.init_report(), InitReport::Corrupt);
        assert!(page.open(NEXT).is_some());
    }
}
