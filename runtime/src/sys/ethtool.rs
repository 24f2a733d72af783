//! The offload features of a network device: `SIOCETHTOOL` of `netdevice(7)`. A raw call, for the
//! same reason as in `netdevice.rs`: nix's macros for `ioctl(2)` make unsafe functions, too.

use std::os::fd::{AsRawFd, BorrowedFd};

use nix::libc;

use super::errno::check;
use super::{Errno, netdevice};

/// `ETHTOOL_GSTRINGS`, and its set of strings that names the features.
const GET_STRINGS: u32 = 0x1b;
const FEATURES: u32 = 4;
/// `ETHTOOL_GSSET_INFO`: how many strings a set has.
const GET_SET_INFO: u32 = 0x37;
/// `ETHTOOL_SFEATURES`.
const SET_FEATURES: u32 = 0x3b;
/// `ETH_GSTRING_LEN`.
const NAME_LENGTH: usize = 32;
/// An upper limit: Linux 6.18 has 64.
const MOST_FEATURES: usize = 256;

/// Returns the names of all features that this kernel knows. Their positions differ between
/// kernels. Allocates.
pub(crate) fn feature_names(socket: BorrowedFd<'_>, interface: &str) -> Result<Vec<String>, Errno> {
    let info = request(socket, interface, Request::Count)?;
    // Command, reserved, the mask of the sets (64 bits), and one count.
    let count = info[4] as usize;
    if count > MOST_FEATURES {
        return Err(Errno::INVAL);
    }
    // Command, set, length, and the names.
    let strings = request(socket, interface, Request::Names(count as u32))?;
    let mut bytes = Vec::new();
    for word in &strings[3..] {
        bytes.extend_from_slice(&word.to_ne_bytes());
    }
    let mut names = Vec::new();
    for raw in bytes.chunks(NAME_LENGTH).take(count) {
        let text = raw.split(|byte| *byte == 0).next().unwrap_or_default();
        names.push(String::from_utf8_lossy(text).into_owned());
    }
    Ok(names)
}

/// Switches off the features at these positions, out of `count`. Allocates.
pub(crate) fn switch_off(
    socket: BorrowedFd<'_>,
    interface: &str,
    positions: &[usize],
    count: usize,
) -> Result<(), Errno> {
    let blocks = count.div_ceil(32);
    // Command, number of blocks, and for each block a mask of the bits to change and their values.
    let mut words = vec![0; 2 + 2 * blocks];
    words[..2].copy_from_slice(&[SET_FEATURES, blocks as u32]);
    for position in positions {
        words[2 + 2 * (position / 32)] |= 1 << (position % 32);
    }
    request(socket, interface, Request::Change(&words)).map(drop)
}

/// The requests, whose first word is the command.
#[derive(Clone, Copy)]
enum Request<'w> {
    Count,
    Names(u32),
    Change(&'w [u32]),
}

/// The number of words in the largest answer: the names, after the head of their request.
const LARGEST: usize = 3 + MOST_FEATURES * NAME_LENGTH / 4;

/// Sends a request and returns the kernel's answer, with zeroes after it.
fn request(socket: BorrowedFd<'_>, interface: &str, sent: Request<'_>) -> Result<Vec<u32>, Errno> {
    let mut words = match sent {
        Request::Count if cfg!(target_endian = "big") => vec![GET_SET_INFO, 0, 0, 1 << FEATURES],
        Request::Count => vec![GET_SET_INFO, 0, 1 << FEATURES, 0],
        Request::Names(count) => vec![GET_STRINGS, FEATURES, count],
        Request::Change(words) => words.to_vec(),
    };
    words.resize(words.len().max(LARGEST), 0);
    let mut request = netdevice::request(interface);
    request.ifr_ifru.ifru_data = words.as_mut_ptr().cast();
    // glibc takes the number as an unsigned long, musl as an int.
    let command = libc::SIOCETHTOOL as _;
    // SAFETY: the request has a name and a buffer, which both outlive the call. The buffer has room
    // for the largest answer.
    check(unsafe { libc::ioctl(socket.as_raw_fd(), command, &raw mut request) })?;
    Ok(words)
}
