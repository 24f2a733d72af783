//! Several messages in the kernel's format: each has a header, a fixed part, and attributes that
//! may nest.

/// Flags of a message.
const REQUEST: u16 = 1;
const ACK: u16 = 4;
pub(super) const EXCLUSIVE: u16 = 0x200;
pub(super) const CREATE: u16 = 0x400;
pub(super) const APPEND: u16 = 0x800;

/// `NLA_F_NESTED`.
const NESTED: u16 = 0x8000;
const HEADER: usize = 16;
/// The offset of the flags in the header.
const FLAGS: usize = 6;

/// The most queries in one part. The answers must fit into the socket's receive buffer (212 kB),
/// where one about a link takes 5 kB.
const MOST_QUERIES: usize = 16;

/// Messages to send together.
#[derive(Debug, Default)]
pub(in crate::network) struct Batch {
    bytes: Vec<u8>,
    /// The start of each message, and its subject, for errors.
    starts: Vec<(usize, String)>,
    /// Whether the kernel answers the messages with data.
    queries: bool,
    /// Whether the last message ends a transaction.
    is_transaction: bool,
}

impl Batch {
    pub(in crate::network) fn new() -> Self {
        Self::default()
    }

    /// Begins a message about this subject. Later additions belong to it until the next one begins.
    pub(super) fn begin(&mut self, kind: u16, flags: u16, about: impl Into<String>) -> &mut Self {
        self.starts.push((self.bytes.len(), about.into()));
        let number = u32::try_from(self.starts.len()).unwrap_or(u32::MAX);
        self.bytes.extend_from_slice(&0_u32.to_ne_bytes());
        self.bytes.extend_from_slice(&kind.to_ne_bytes());
        self.bytes
            .extend_from_slice(&(REQUEST | flags).to_ne_bytes());
        self.bytes.extend_from_slice(&number.to_ne_bytes());
        self.bytes.extend_from_slice(&0_u32.to_ne_bytes());
        self.end_message()
    }

    /// Begins a query.
    pub(super) fn begin_query(&mut self, kind: u16, about: &str) -> &mut Self {
        self.queries = true;
        self.begin(kind, 0, about)
    }

    /// Begins the message that ends a transaction. Kernels before 6.10 never acknowledge it, so the
    /// message before it requests the acknowledgement, which comes when all of them are applied.
    pub(super) fn begin_end(&mut self, kind: u16, about: &str) -> &mut Self {
        self.is_transaction = true;
        self.begin(kind, 0, about)
    }

    /// Adds bytes, padded to a multiple of four.
    pub(super) fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        self.end_message()
    }

    pub(super) fn attribute(&mut self, kind: u16, data: &[u8]) -> &mut Self {
        let length = u16::try_from(data.len() + 4).unwrap_or(u16::MAX);
        self.bytes.extend_from_slice(&length.to_ne_bytes());
        self.bytes.extend_from_slice(&kind.to_ne_bytes());
        self.raw(data)
    }

    pub(super) fn number(&mut self, kind: u16, value: u32) -> &mut Self {
        self.attribute(kind, &value.to_ne_bytes())
    }

    /// Adds a text with the final NUL that the kernel requires.
    pub(super) fn text(&mut self, kind: u16, value: &str) -> &mut Self {
        self.attribute(kind, &[value.as_bytes(), b"\0"].concat())
    }

    pub(super) fn nest(&mut self, kind: u16, inner: impl FnOnce(&mut Self)) -> &mut Self {
        let start = self.bytes.len();
        self.attribute(kind | NESTED, &[]);
        inner(self);
        let length = u16::try_from(self.bytes.len() - start).unwrap_or(u16::MAX);
        self.bytes[start..start + 2].copy_from_slice(&length.to_ne_bytes());
        self
    }

    pub(in crate::network) fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Returns the subject of the message with this number, from 1 on.
    pub(super) fn about(&self, number: u32) -> Option<&str> {
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        self.starts.get(at).map(|(_, about)| about.as_str())
    }

    /// Returns parts of at most this many bytes (more only for a single longer message), and of few
    /// queries. Each part has the number of the message that requests an acknowledgement: its last
    /// one, or the last before the end of a transaction.
    ///
    /// Only one message requests it, because acknowledgements of all would not fit into the
    /// socket's receive buffer. Errors of the others arrive anyway.
    pub(super) fn parts(&self, most: usize) -> Vec<(Vec<u8>, u32)> {
        let mut parts = Vec::new();
        let (mut from, mut first) = (0, 0);
        let messages = if self.queries {
            MOST_QUERIES
        } else {
            usize::MAX
        };
        for at in 0..self.starts.len() {
            let end_of = |message: usize| {
                self.starts
                    .get(message + 1)
                    .map_or(self.bytes.len(), |(next, _)| *next)
            };
            let is_last = at + 1 == self.starts.len();
            if is_last || end_of(at + 1) - from > most || at + 1 - first == messages {
                let asked = if is_last && self.is_transaction {
                    at - 1
                } else {
                    at
                };
                let mut part = self.bytes[from..end_of(at)].to_vec();
                let flags = self.starts[asked].0 - from + FLAGS;
                let [low, high] = [part[flags], part[flags + 1]];
                let acknowledged = u16::from_ne_bytes([low, high]) | ACK;
                part[flags..flags + 2].copy_from_slice(&acknowledged.to_ne_bytes());
                parts.push((part, u32::try_from(asked + 1).unwrap_or(u32::MAX)));
                (from, first) = (end_of(at), at + 1);
            }
        }
        parts
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Writes the length of the last message.
    fn end_message(&mut self) -> &mut Self {
        let start = self.starts.last().map_or(0, |(start, _)| *start);
        let length = u32::try_from(self.bytes.len() - start).unwrap_or(u32::MAX);
        debug_assert!(self.bytes.len() - start >= HEADER, "a message has a header");
        self.bytes[start..start + 4].copy_from_slice(&length.to_ne_bytes());
        self
    }
}
