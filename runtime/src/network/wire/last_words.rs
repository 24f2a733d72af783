//! The report that the wire prints if the test's process ends without ending the wire: the test
//! exited, timed out or was killed.

use std::fmt::{self, Write as _};
use std::io;
use std::os::fd::AsFd;

use super::counter::Counts;
use super::message::LONGEST_TEXT;
use crate::network::topology::Topology;
use crate::sys::fd;

/// The text, and a label for each direction. Printing them does not allocate.
pub(super) struct LastWords {
    /// Empty: there is no report yet.
    text: Vec<u8>,
    labels: Vec<String>,
}

impl LastWords {
    /// Prepares a label for each direction. Allocates.
    pub(super) fn new(topology: &Topology) -> Self {
        Self {
            text: Vec::with_capacity(LONGEST_TEXT),
            labels: topology.direction_labels(),
        }
    }

    pub(super) fn set(&mut self, text: &[u8]) {
        self.text.clear();
        let length = text.len().min(self.text.capacity());
        self.text.extend_from_slice(&text[..length]);
    }

    /// Prints it to stderr, which is the test's.
    pub(super) fn print(&self, counts: &Counts) {
        if self.text.is_empty() {
            return;
        }
        let _ = write_all(&self.text);
        for (port, label) in self.labels.iter().enumerate() {
            let mut line = Line::new();
            let _ = write!(line, "    {label}  ")
                .and_then(|()| counts.write(port, &mut line))
                .and_then(|()| line.write_char('\n'));
            let _ = write_all(&line.bytes[..line.length]);
        }
    }
}

/// A line under construction. Text that does not fit is dropped.
struct Line {
    bytes: [u8; 1024],
    length: usize,
}

impl Line {
    fn new() -> Self {
        Self {
            bytes: [0; 1024],
            length: 0,
        }
    }
}

impl fmt::Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let rest = &mut self.bytes[self.length..];
        let length = text.len().min(rest.len());
        rest[..length].copy_from_slice(&text.as_bytes()[..length]);
        self.length += length;
        Ok(())
    }
}

/// Does not use std's handle: a thread may have held its lock when this process was cloned.
fn write_all(mut bytes: &[u8]) -> Result<(), ()> {
    while !bytes.is_empty() {
        let written = fd::write(io::stderr().as_fd(), bytes).map_err(drop)?;
        bytes = &bytes[written..];
    }
    Ok(())
}
