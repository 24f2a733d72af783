//! The mistakes that a plan can contain.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::error::Shown;

/// A mistake in a plan. A link's name consists of its ends: `client-server`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Mistake {
    /// A name that is invalid in `hosts(5)`. A name has letters, digits, `-`, `_` and `.`, at most
    /// 253 characters. Its parts between dots have at most 63 characters, and no `-` or `_` at the
    /// ends. It must not be `localhost` or look like an address.
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
        /// The link or switch.
        link: String,
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
    /// A relative path of a capture that leads out of the test's own directory.
    CaptureOutside {
        /// The path as given.
        path: PathBuf,
    },
    /// `NS_TEST_SEED` is not a number.
    BadSeed {
        /// Its value.
        value: String,
    },
}

impl fmt::Display for Mistake {
    #[expect(clippy::too_many_lines, reason = "a table: one line for each mistake")]
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadName { name } => write!(
                out,
                "`{name}` is not a valid host name: use letters, digits, `-`, `_` and `.`, at most 253 in \
                all and 63 between dots, but no address and not `localhost`"
            ),
            Self::NameTwice { name } => write!(
                out,
                "two hosts have the name `{name}` (case is ignored): rename one of them"
            ),
            Self::Foreign => out.write_str(
                "a host, link or switch belongs to another plan: use the ids that this plan returned",
            ),
            Self::ToItself { link, host } => write!(
                out,
                "link `{link}` connects `{host}` to itself: use a different host at each end"
            ),
            Self::SwitchSize { hosts } => {
                write!(
                    out,
                    "a switch has {hosts} hosts: it takes 2 to 253"
                )
            }
            Self::DirectWithConditions { link } => write!(
                out,
                "link `{link}`: `Link::direct()` takes no conditions: use `Link::new()`"
            ),
            Self::DirectSwitch { link } => write!(
                out,
                "`{link}`: `Link::direct()` connects two hosts only: use `Link::new()`"
            ),
            Self::NoShare {
                link,
                condition,
                value,
            } => write!(
                out,
                "link `{link}`: {condition}({value}) is out of range: use a fraction from 0 to 1"
            ),
            Self::TooLong {
                link,
                condition,
                value,
            } => write!(
                out,
                "link `{link}`: {condition}({value:?}) is too long: use at most an hour"
            ),
            Self::BadMtu { link, mtu } => write!(
                out,
                "link `{link}`: mtu({mtu}) is out of range: use 1280 to 65535, or 68 to 65535 with `v4_only`"
            ),
            Self::Contradiction { link, why } => write!(out, "link `{link}`: {why}"),
            Self::FromElsewhere { link, number } => write!(
                out,
                "link `{link}`: `from` names a host that is not on this link (host {number} of the \
                plan, counted from 0): use one of the link's hosts"
            ),
            Self::BadAddress { host, address } => write!(
                out,
                "host `{host}`: `{address}` is not a host address with a prefix length: write it like \
                `198.51.100.2/24`"
            ),
            Self::OtherFamily { host, address } => write!(
                out,
                "host `{host}`: `{address}` needs an address family that the plan switches off: remove \
                `v4_only` or `v6_only`"
            ),
            Self::NoInterface { host, address } => write!(
                out,
                "host `{host}`: no link takes `{address}`: use an address in the network of one of its links, \
                or add a link to the host"
            ),
            Self::AddressTwice { address } => write!(
                out,
                "`{address}` is used twice: give each host, and each link's network, an address of its own"
            ),
            Self::NoRoom { link } => write!(
                out,
                "link `{link}`: its network is too small for its hosts: use a shorter prefix"
            ),
            Self::NoRouter { host } => write!(
                out,
                "host `{host}` can't masquerade, because it is not a router: create it with `Plan::router`"
            ),
            Self::NotOnLink { host, link } => {
                write!(
                    out,
                    "router `{host}` can't masquerade on link `{link}`, because it is not on that link: \
                    use one of its own links"
                )
            }
            Self::NoFamily => out.write_str(
                "it has both `v4_only` and `v6_only`: remove one of them, or remove both to use both families",
            ),
            Self::NothingToCapture => {
                out.write_str(
                    "it captures packets, but all of its links are direct: use `Link::new()` for the \
                    links to capture",
                )
            }
            Self::CaptureOutside { path } => write!(
                out,
                "capture(`{}`) leaves the test's own directory: remove the `..`, or use an absolute path",
                Shown::new(path)
            ),
            Self::BadSeed { value } => {
                write!(
                    out,
                    "NS_TEST_SEED=`{value}` is not a number: use decimal digits, or `0x` and hexadecimal \
                    digits"
                )
            }
        }
    }
}
