//! The capture file: pcapng (draft-ietf-opsawg-pcapng), which Wireshark reads.

use std::os::fd::{AsFd, OwnedFd};

use crate::network::topology::Topology;
use crate::sys::fd;

/// The number of bytes to collect before a write.
const ROOM: usize = 256 << 10;

/// The direction of a frame at its port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Into the host.
    In = 1,
    /// Out of the host.
    Out = 2,
}

/// An open capture. In the wire it does not allocate: the buffer has room for the longest frame in
/// addition to [`ROOM`].
pub(super) struct Capture {
    file: OwnedFd,
    buffer: Vec<u8>,
    /// A write has failed, so later data would be incomplete.
    broken: bool,
}

impl Capture {
    /// Begins a capture with an interface for each port, in their order, named after its host.
    /// Allocates.
    pub(super) fn new(file: OwnedFd, topology: &Topology, longest: usize) -> Self {
        let mut buffer = Vec::with_capacity(ROOM + longest + 64);
        section_header(&mut buffer);
        for port in &topology.ports {
            let host = &topology.hosts[port.host].name;
            let mut others = Vec::new();
            for other in &topology.segments[port.segment].ports {
                let other = topology.ports[*other].host;
                if other != port.host {
                    others.push(topology.hosts[other].name.as_str());
                }
            }
            let name = format!("{host} {}", port.interface);
            interface(
                &mut buffer,
                &name,
                &format!("{host} to {}", others.join(", ")),
            );
        }
        Self {
            file,
            buffer,
            broken: false,
        }
    }

    pub(super) fn file(&self) -> &OwnedFd {
        &self.file
    }

    /// Adds a frame that passed the port at this time.
    pub(super) fn add(&mut self, port: usize, way: Way, time: u64, frame: &[u8]) {
        if self.broken {
            return;
        }
        if self.buffer.len() >= ROOM {
            self.flush();
        }
        packet(&mut self.buffer, port, way, time, frame);
    }

    /// Writes the collected bytes.
    pub(super) fn flush(&mut self) {
        let mut rest = &self.buffer[..];
        while !rest.is_empty() && !self.broken {
            match fd::write(self.file.as_fd(), rest) {
                Ok(written) if written > 0 => rest = &rest[written..],
                _ => self.broken = true,
            }
        }
        self.buffer.clear();
    }
}

fn section_header(out: &mut Vec<u8>) {
    /// The reader derives the file's byte order from the order of these bytes.
    const BYTE_ORDER: u32 = 0x1a2b_3c4d;
    const UNKNOWN_LENGTH: [u32; 2] = [u32::MAX; 2];
    block(out, 0x0a0d_0d0a, |out| {
        words(out, &[BYTE_ORDER, 0x0000_0001]);
        words(out, &UNKNOWN_LENGTH);
    });
}

/// Adds an interface description, with name, description, and timestamps in nanoseconds.
fn interface(out: &mut Vec<u8>, name: &str, description: &str) {
    const ETHERNET: u32 = 1;
    const NO_LIMIT: u32 = 0;
    block(out, 1, |out| {
        words(out, &[ETHERNET, NO_LIMIT]);
        option(out, 2, name.as_bytes());
        option(out, 3, description.as_bytes());
        option(out, 9, &[9]);
        option(out, 0, &[]);
    });
}

/// Adds a packet, with the flag of its direction.
fn packet(out: &mut Vec<u8>, port: usize, way: Way, time: u64, frame: &[u8]) {
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    let half = |half: u64| u32::try_from(half).unwrap_or(0);
    let (high, low) = (half(time >> 32), half(time & u64::from(u32::MAX)));
    block(out, 6, |out| {
        words(
            out,
            &[
                number(port),
                high,
                low,
                number(frame.len()),
                number(frame.len()),
            ],
        );
        padded(out, frame);
        option(out, 2, &(way as u32).to_le_bytes());
        option(out, 0, &[]);
    });
}

/// Adds a block: its type, its length, its content, and its length again.
fn block(out: &mut Vec<u8>, kind: u32, content: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    words(out, &[kind, 0]);
    content(out);
    let length = u32::try_from(out.len() - start + 4).unwrap_or(u32::MAX);
    words(out, &[length]);
    out[start + 4..start + 8].copy_from_slice(&length.to_le_bytes());
}

fn option(out: &mut Vec<u8>, code: u16, value: &[u8]) {
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&code.to_le_bytes());
    out.extend_from_slice(&length.to_le_bytes());
    padded(out, value);
}

fn padded(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(bytes);
    let padding = bytes.len().next_multiple_of(4) - bytes.len();
    out.extend_from_slice(&[0; 3][..padding]);
}

fn words(out: &mut Vec<u8>, words: &[u32]) {
    for word in words {
        out.extend_from_slice(&word.to_le_bytes());
    }
}
