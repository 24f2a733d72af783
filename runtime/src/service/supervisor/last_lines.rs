//! The last lines that a service has written.

/// The number of lines kept.
pub(super) const MOST_LINES: usize = 50;
/// The number of bytes kept of each line.
const WIDTH: usize = 400;

/// A ring of lines, allocated once.
pub(super) struct LastLines {
    lines: Vec<[u8; WIDTH]>,
    lengths: [usize; MOST_LINES],
    /// The number of lines so far.
    count: usize,
}

impl LastLines {
    pub(super) fn new() -> Self {
        Self {
            lines: vec![[0; WIDTH]; MOST_LINES],
            lengths: [0; MOST_LINES],
            count: 0,
        }
    }

    pub(super) fn push(&mut self, line: &[u8]) {
        let slot = self.count % MOST_LINES;
        let kept = line.len().min(WIDTH);
        self.lines[slot][..kept].copy_from_slice(&line[..kept]);
        self.lengths[slot] = kept;
        self.count += 1;
    }

    /// Returns the lines, oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let first = self.count.saturating_sub(MOST_LINES);
        (first..self.count).map(|number| {
            let slot = number % MOST_LINES;
            &self.lines[slot][..self.lengths[slot]]
        })
    }
}
