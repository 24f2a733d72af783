//! The kernel's events about interfaces, addresses and routes: `rtnetlink(7)`.

use std::ffi::c_int;
use std::io;
use std::mem;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use super::check;

/// A socket that receives the events of one network namespace.
#[derive(Debug)]
pub struct NetworkEvents(OwnedFd);

impl NetworkEvents {
    /// Opens it in the calling thread's network namespace, for events about interfaces.
    ///
    /// # Errors
    /// The errors of `socket(2)` and `bind(2)`.
    pub fn of_links() -> io::Result<Self> {
        Self::open(libc::RTMGRP_LINK)
    }

    /// Opens it as [`of_links`](Self::of_links) does, for events about addresses and routes as
    /// well.
    ///
    /// # Errors
    /// The same.
    pub fn of_all() -> io::Result<Self> {
        let v4 = libc::RTMGRP_IPV4_IFADDR | libc::RTMGRP_IPV4_ROUTE;
        let v6 = libc::RTMGRP_IPV6_IFADDR | libc::RTMGRP_IPV6_ROUTE;
        Self::open(libc::RTMGRP_LINK | v4 | v6)
    }

    fn open(groups: c_int) -> io::Result<Self> {
        let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
        // SAFETY: takes no pointers.
        let raw = check(unsafe { libc::socket(libc::AF_NETLINK, kind, libc::NETLINK_ROUTE) })?;
        // SAFETY: the kernel has just made this descriptor for us.
        let socket = unsafe { OwnedFd::from_raw_fd(raw) };
        // SAFETY: all fields are integers, for which zero is a value.
        let mut address: libc::sockaddr_nl = unsafe { mem::zeroed() };
        address.nl_family = libc::sa_family_t::try_from(libc::AF_NETLINK).expect("a small number");
        address.nl_groups = u32::try_from(groups).expect("flags of low bits");
        let length = libc::socklen_t::try_from(size_of_val(&address)).expect("it is short");
        // SAFETY: the address outlives the call and has the stated length.
        check(unsafe { libc::bind(raw, (&raw const address).cast(), length) })?;
        Ok(Self(socket))
    }

    /// Returns the types of the events since the last call, as `RTM_NEWLINK` (16).
    ///
    /// # Panics
    /// If events were lost.
    #[must_use]
    pub fn take(&self) -> Vec<u16> {
        let mut types = Vec::new();
        loop {
            let mut bytes = [0_u8; 16384];
            let start = bytes.as_mut_ptr().cast();
            // SAFETY: the buffer has the stated length.
            let length = unsafe { libc::recv(self.0.as_raw_fd(), start, bytes.len(), 0) };
            let Ok(length) = usize::try_from(length) else {
                let error = io::Error::last_os_error();
                assert_eq!(error.kind(), io::ErrorKind::WouldBlock, "{error}");
                return types;
            };
            let mut rest = &bytes[..length];
            // The header: length, type, flags, number, port.
            while let [a, b, c, d, low, high, ..] = *rest {
                types.push(u16::from_ne_bytes([low, high]));
                let length = usize::try_from(u32::from_ne_bytes([a, b, c, d])).expect("64 bits");
                rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
            }
        }
    }
}
