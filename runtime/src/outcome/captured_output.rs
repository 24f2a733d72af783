//! The output of a test: its beginning and its end, whatever its length.

use std::collections::VecDeque;

/// Output that is kept up to a limit, so that a flood does not fill the harness's memory.
#[derive(Debug, Default)]
pub(crate) struct Output {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    left_out: u64,
}

/// How many bytes to keep of the beginning, and of the end.
const HEAD: usize = 64 << 10;
const TAIL: usize = 192 << 10;

impl Output {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let (head, rest) = bytes.split_at(bytes.len().min(HEAD - self.head.len()));
        self.head.extend_from_slice(head);
        // Only the end of one long write is kept.
        let (over, kept) = rest.split_at(rest.len().saturating_sub(TAIL));
        let pushed_out = (self.tail.len() + kept.len()).saturating_sub(TAIL);
        self.tail.drain(..pushed_out);
        self.tail.extend(kept);
        self.left_out += (over.len() + pushed_out) as u64;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.head.is_empty()
    }

    /// Returns the text. If there is more than head and tail, the head is followed by what `gap`
    /// returns for the number of omitted bytes.
    pub(crate) fn text(&self, gap: impl FnOnce(u64) -> String) -> String {
        let (first, second) = self.tail.as_slices();
        let tail = [first, second].concat();
        if self.left_out == 0 {
            return String::from_utf8_lossy(&[&*self.head, &*tail].concat()).into_owned();
        }
        let (head, tail) = (
            String::from_utf8_lossy(&self.head),
            String::from_utf8_lossy(&tail),
        );
        format!("{head}{}{tail}", gap(self.left_out))
    }
}
