//! Why a network could not be built.

use std::fmt;
use std::time::Duration;

pub use crate::sys::Errno;

/// Why a network could not be built: the plan is wrong, or the machine refuses a step.
///
/// ```
/// use ns_test::network::{Error, Mistake, Network};
///
/// let mut plan = Network::plan();
/// plan.host("a");
/// plan.host("a");
/// let error = plan.build().expect_err("two hosts of one name");
/// assert!(matches!(error, Error::Plan(Mistake::NameTwice { name }) if name == "a"));
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// The plan contradicts itself, or requests an impossible network.
    Plan(Mistake),
    /// The kernel, or the way the test is run, refuses a part of the plan.
    Refused(Refused),
}

/// A mistake in a plan. A link's name consists of its ends: `client-server`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Mistake {
    /// A name that is invalid in `hosts(5)`. A name has letters, digits, `-` and `.`, at most 253
    /// characters, and no `-` or `.` at the ends.
    BadName {
        /// The name as given.
        name: String,
    },
    /// Two hosts have this name, in upper or lower case.
    NameTwice {
        /// Their name.
        name: String,
    },
    /// A host, link or switch of another plan.
    Foreign,
    /// A link with the same host at both ends, or a switch that lists a host twice.
    ToItself {
        /// The host.
        host: String,
    },
    /// A switch has 2 to 253 hosts.
    SwitchSize {
        /// The number of hosts.
        hosts: usize,
    },
    /// [`Link::direct`](super::Link::direct) takes no conditions, because only the kernel moves the
    /// packets.
    DirectWithConditions {
        /// The link.
        link: String,
    },
    /// A switch can't be [`Link::direct`](super::Link::direct): that is a pair of interfaces.
    DirectSwitch {
        /// The switch, named after its hosts.
        link: String,
    },
    /// A share outside the range from 0 to 1.
    NoShare {
        /// The link.
        link: String,
        /// The method.
        condition: &'static str,
        /// The value as given.
        value: f64,
    },
    /// More than an hour.
    TooLong {
        /// The link.
        link: String,
        /// The method.
        condition: &'static str,
        /// The value as given.
        value: Duration,
    },
    /// An MTU that no interface supports, or one that is too small for IPv6.
    BadMtu {
        /// The link.
        link: String,
        /// The requested MTU.
        mtu: u32,
    },
    /// Conditions that exclude each other.
    Contradiction {
        /// The link.
        link: String,
        /// The contradiction.
        why: &'static str,
    },
    /// [`Link::from`](super::Link::from) with a host that is at neither end of the link.
    FromElsewhere {
        /// The link.
        link: String,
        /// The host's number in the plan, from 0 on.
        number: usize,
    },
    /// Not an address with a prefix length, as in `198.51.100.2/24`, or an address that no host can
    /// have.
    BadAddress {
        /// The host.
        host: String,
        /// The address as given.
        address: String,
    },
    /// An address of a family that the plan has switched off.
    OtherFamily {
        /// The host.
        host: String,
        /// The address as given.
        address: String,
    },
    /// No interface takes the address: the host is on no link, or each of its links already has an
    /// address.
    NoInterface {
        /// The host.
        host: String,
        /// The address as given.
        address: String,
    },
    /// Two hosts have this address, or two links have its network.
    AddressTwice {
        /// The address.
        address: String,
    },
    /// The network of a link is too small for its hosts.
    NoRoom {
        /// The link.
        link: String,
    },
    /// [`Plan::masquerade`](super::Plan::masquerade) with a host that is not a router.
    NoRouter {
        /// The host.
        host: String,
    },
    /// [`Plan::masquerade`](super::Plan::masquerade) with a link that the router is not on.
    NotOnLink {
        /// The router.
        host: String,
        /// The link.
        link: String,
    },
    /// Both `v4_only` and `v6_only`.
    NoFamily,
    /// A capture of a network in which all links are direct.
    NothingToCapture,
    /// `NS_TEST_SEED` is not a number.
    BadSeed {
        /// Its value.
        value: String,
    },
}

/// A refused step: the step, the call, the kernel's answer, and the remedy if one is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub(super) step: &'static str,
    pub(super) call: &'static str,
    pub(super) errno: Errno,
    pub(super) subject: Option<String>,
    pub(super) note: Option<String>,
}

impl Refused {
    pub(super) fn new(step: &'static str, call: &'static str, errno: Errno) -> Self {
        Self {
            step,
            call,
            errno,
            subject: None,
            note: None,
        }
    }

    pub(super) fn of(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    pub(super) fn because(mut self, note: impl Into<String>) -> Self {
        self.note.get_or_insert_with(|| note.into());
        self
    }

    /// Returns the step that failed: `make the network namespace of a host`.
    #[must_use]
    pub fn step(&self) -> &'static str {
        self.step
    }

    /// Returns the refused call, as its manual page names it.
    #[must_use]
    pub fn call(&self) -> &'static str {
        self.call
    }

    /// Returns the kernel's answer.
    #[must_use]
    pub fn errno(&self) -> Errno {
        self.errno
    }

    /// Returns the host, link or path that the call was for.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// Returns the cause and the remedy, where they are known.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }
}

impl From<Mistake> for Error {
    fn from(mistake: Mistake) -> Self {
        Self::Plan(mistake)
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<Error> for std::io::Error {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::Plan(_) => std::io::ErrorKind::InvalidInput,
            Error::Refused(refused) => Self::from(refused.errno).kind(),
        };
        Self::new(kind, error)
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plan(mistake) => write!(out, "the network's plan is wrong: {mistake}"),
            Self::Refused(refused) => write!(out, "the network could not be built: {refused}"),
        }
    }
}

/// The same text: a test that returns the error, or unwraps it, prints this.
impl fmt::Debug for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "failed to {}", self.step)?;
        if let Some(subject) = &self.subject {
            write!(out, " ({subject})")?;
        }
        write!(out, ": {}: {}", self.call, self.errno)?;
        self.note
            .as_ref()
            .map_or(Ok(()), |note| write!(out, "; {note}"))
    }
}

impl fmt::Display for Mistake {
    #[expect(clippy::too_many_lines, reason = "a table: one line for each mistake")]
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadName { name } => write!(
                out,
                "`{name}` can't be a host name: use letters, digits, `-` and `.`, at most 253 of them"
            ),
            Self::NameTwice { name } => write!(out, "two hosts have the name `{name}`"),
            Self::Foreign => out.write_str("it uses a host, link or switch of another plan"),
            Self::ToItself { host } => write!(out, "it connects `{host}` to itself"),
            Self::SwitchSize { hosts } => {
                write!(
                    out,
                    "it has a switch with {hosts} hosts; a switch has 2 to 253"
                )
            }
            Self::DirectWithConditions { link } => write!(
                out,
                "link `{link}`: `Link::direct()` takes no conditions; use `Link::new()`"
            ),
            Self::DirectSwitch { link } => write!(
                out,
                "switch `{link}`: `Link::direct()` is for two hosts; use `Link::new()`"
            ),
            Self::NoShare {
                link,
                condition,
                value,
            } => write!(
                out,
                "link `{link}`: {condition}({value}): a share is a number from 0 to 1"
            ),
            Self::TooLong {
                link,
                condition,
                value,
            } => write!(
                out,
                "link `{link}`: {condition}({value:?}): at most an hour"
            ),
            Self::BadMtu { link, mtu } => write!(
                out,
                "link `{link}`: mtu({mtu}): 68 to 65535, and at least 1280 with IPv6"
            ),
            Self::Contradiction { link, why } => write!(out, "link `{link}`: {why}"),
            Self::FromElsewhere { link, number } => write!(
                out,
                "link `{link}`: `from` has host number {number}, which is on no end of the link"
            ),
            Self::BadAddress { host, address } => write!(
                out,
                "host `{host}`: `{address}` is no address of a host; write it like `198.51.100.2/24`"
            ),
            Self::OtherFamily { host, address } => write!(
                out,
                "host `{host}`: `{address}` is of a family that the plan switches off"
            ),
            Self::NoInterface { host, address } => write!(
                out,
                "host `{host}`: no interface is left for `{address}`: give the host a link"
            ),
            Self::AddressTwice { address } => write!(out, "`{address}` is used twice"),
            Self::NoRoom { link } => write!(
                out,
                "link `{link}`: its network has no room for all of its hosts; use a shorter prefix"
            ),
            Self::NoRouter { host } => write!(
                out,
                "host `{host}` is no router and can't masquerade; make it with `router`"
            ),
            Self::NotOnLink { host, link } => {
                write!(
                    out,
                    "router `{host}` is not on link `{link}`, and can't masquerade there"
                )
            }
            Self::NoFamily => out.write_str("it has both `v4_only` and `v6_only`"),
            Self::NothingToCapture => {
                out.write_str("it has a capture, but all of its links are direct")
            }
            Self::BadSeed { value } => {
                write!(
                    out,
                    "NS_TEST_SEED=`{value}` is no number: use digits, or 0x and hex digits"
                )
            }
        }
    }
}
