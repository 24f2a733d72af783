//! The kinds of address translation: RFC 4787.

/// How a router maps an inner address and port to an outer port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mapping {
    /// One outer port for all destinations: the inner port, unless another host has it.
    EndpointIndependent,
    /// Another random port for each destination.
    Symmetric,
}

impl Mapping {
    /// Returns the words for it in a drawing.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::EndpointIndependent => "masquerades on",
            Self::Symmetric => "symmetric NAT on",
        }
    }
}
