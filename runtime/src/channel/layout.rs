//! The layout of the result page: words, and ranges of bytes.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::sys::shared_memory::WORDS;

/// A range of the page that holds bytes, and the word that holds its length.
#[derive(Clone, Copy)]
pub(super) struct Region {
    length: usize,
    pub(super) start: usize,
    end: usize,
}

impl Region {
    /// Replaces the content with this text, and cuts off what does not fit.
    pub(super) fn write(self, page: &[AtomicU32; WORDS], text: &[u8]) {
        page[self.length].store(0, Ordering::Relaxed);
        self.append(page, &[text]);
    }

    /// Appends the parts, and cuts off what does not fit.
    pub(super) fn append(self, page: &[AtomicU32; WORDS], parts: &[&[u8]]) {
        let mut length = page[self.length].load(Ordering::Relaxed) as usize;
        for byte in parts.iter().flat_map(|part| part.iter()) {
            let Some(word) = page[self.start..self.end].get(length / 4) else {
                break;
            };
            // The first byte of a word clears what an earlier test left in it.
            let kept = if length % 4 == 0 {
                0
            } else {
                word.load(Ordering::Relaxed)
            };
            word.store(
                kept | u32::from(*byte) << (length % 4 * 8),
                Ordering::Relaxed,
            );
            length += 1;
        }
        page[self.length].store(u32::try_from(length).unwrap_or(0), Ordering::Relaxed);
    }

    pub(super) fn read(self, page: &[AtomicU32; WORDS]) -> Vec<u8> {
        let length = page[self.length].load(Ordering::Relaxed) as usize;
        if length == 0 {
            // The usual case, for most regions of each test.
            return Vec::new();
        }
        let mut bytes = Vec::new();
        for word in &page[self.start..self.end] {
            if bytes.len() >= length {
                break;
            }
            bytes.extend_from_slice(&word.load(Ordering::Relaxed).to_le_bytes());
        }
        bytes.truncate(length);
        bytes
    }
}

/// The state words: one for the body and one for init.
pub(super) const BODY_REPORT: usize = 0;
pub(super) const INIT_REPORT: usize = 1;

/// The details of a report, word by word.
pub(super) const DETAIL: usize = 1;
pub(super) const STATUS: usize = 3;
pub(super) const STEP: usize = 4;
pub(super) const CALL: usize = 5;
pub(super) const ERRNO: usize = 6;
/// Size and free space of a full scratch space, in KiB.
pub(super) const FULL: [usize; 2] = [11, 12];
/// The body's hard limit of processor time, in seconds, and what it has used, in milliseconds.
pub(super) const CPU_TIME: [usize; 2] = [13, 15];
/// Whether processes outlived the body.
pub(super) const HAS_LEFTOVERS: usize = 14;
pub(super) const TEXT: Region = Region {
    length: 7,
    start: 16,
    end: 2048,
};
pub(super) const REFUSAL: Region = Region {
    length: 8,
    start: 2048,
    end: 3072,
};
pub(super) const LEFTOVERS: Region = Region {
    length: 9,
    start: 3072,
    end: 4064,
};
pub(super) const NAME: Region = Region {
    length: 10,
    start: 4064,
    end: WORDS,
};

/// There is no report yet.
pub(super) const NOTHING: u32 = 0;
/// A process is writing the details of its report.
pub(super) const WRITING: u32 = 0x3717_1269;

/// States of the body. They are large numbers, so that memory overwritten by accident rarely looks
/// like one.
pub(super) const BEGUN: u32 = 0xb0d1_0001;
pub(super) const RETURNED: u32 = 0xb0d1_0002;
pub(super) const FAILED: u32 = 0xb0d1_0003;
pub(super) const PANICKED: u32 = 0xb0d1_0004;
pub(super) const SKIPPED: u32 = 0xb0d1_0005;

/// States of init.
pub(super) const NOT_SET_UP: u32 = 0x1717_0001;
pub(super) const ENDED: u32 = 0x1717_0002;

/// Bits of the detail of a panic.
pub(super) const HAS_MESSAGE: u32 = 1;
pub(super) const AS_EXPECTED: u32 = 2;
