//! The caller's ids and capabilities: `credentials(7)`, `capabilities(7)`.
//!
//! Raw calls: nix has none for capabilities, and its calls for ids are libc's, which change all
//! threads in libc's list. After a raw clone that is the parent's list, and it may have a lock that
//! nothing releases.

use std::ffi::{c_int, c_long, c_ulong};

use nix::libc;

use super::Errno;
use super::errno::check;
use super::syscall::syscall;

/// Sets the real, effective and saved uid.
pub(crate) fn set_uid(uid: u32) -> Result<(), Errno> {
    // SAFETY: takes only numbers.
    unsafe { syscall(libc::SYS_setresuid, [uid as usize; 3]) }.map(drop)
}

/// Sets the real, effective and saved gid.
pub(crate) fn set_gid(gid: u32) -> Result<(), Errno> {
    // SAFETY: takes only numbers.
    unsafe { syscall(libc::SYS_setresgid, [gid as usize; 3]) }.map(drop)
}

/// Gives up all supplementary groups.
pub(crate) fn clear_groups() -> Result<(), Errno> {
    // SAFETY: the kernel does not read a list of length 0.
    unsafe { syscall(libc::SYS_setgroups, [0; 2]) }.map(drop)
}

/// Makes every capability of the caller survive the `execve` of a program under a uid other than 0:
/// permitted, then inheritable, then ambient.
pub(crate) fn raise_ambient_capabilities() -> Result<(), Errno> {
    let mut sets = get_capabilities()?;
    sets.iter_mut()
        .for_each(|set| set.inheritable = set.permitted);
    set_capabilities(sets)?;
    let permitted = u64::from(sets[0].permitted) | u64::from(sets[1].permitted) << 32;
    (0..64)
        .filter(|number| permitted >> number & 1 == 1)
        .try_for_each(raise_ambient)
}

/// Gives up every capability, including those that executing a program would restore.
pub(crate) fn drop_capabilities() -> Result<(), Errno> {
    for number in 0..64 {
        // The kernel knows fewer than 64 capabilities: the first unknown one ends the list.
        if drop_from_bounding_set(number).is_err() {
            break;
        }
    }
    set_capabilities([CapabilitySet::default(); 2])
}

/// Makes every permitted capability effective.
pub(crate) fn use_permitted_capabilities() -> Result<(), Errno> {
    let mut sets = get_capabilities()?;
    sets.iter_mut()
        .for_each(|set| set.effective = set.permitted);
    set_capabilities(sets)
}

/// Returns the caller's effective capabilities, one bit each.
pub(crate) fn effective_capabilities() -> Result<u64, Errno> {
    let sets = get_capabilities()?;
    Ok(u64::from(sets[0].effective) | u64::from(sets[1].effective) << 32)
}

/// `struct __user_cap_header_struct` of `linux/capability.h`.
#[repr(C)]
struct CapabilityHeader {
    version: u32,
    pid: c_int,
}

impl CapabilityHeader {
    /// The caller's header, in the version with two words for each set.
    const SELF_V3: Self = Self {
        version: 0x2008_0522,
        pid: 0,
    };
}

/// `struct __user_cap_data_struct`: 32 capabilities of each of the three sets.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct CapabilitySet {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}

/// Returns the capability sets of the caller.
fn get_capabilities() -> Result<[CapabilitySet; 2], Errno> {
    let mut sets = [CapabilitySet::default(); 2];
    capabilities(libc::SYS_capget, &mut sets).map(|()| sets)
}

fn set_capabilities(mut sets: [CapabilitySet; 2]) -> Result<(), Errno> {
    capabilities(libc::SYS_capset, &mut sets)
}

/// Reads or writes the caller's sets, by one of the two calls above.
fn capabilities(number: c_long, sets: &mut [CapabilitySet; 2]) -> Result<(), Errno> {
    let mut header = CapabilityHeader::SELF_V3;
    let arguments = [&raw mut header as usize, sets.as_mut_ptr() as usize];
    // SAFETY: in version 3, both calls take two of the structures.
    unsafe { syscall(number, arguments) }.map(drop)
}

/// Raises a capability in the ambient set.
fn raise_ambient(capability: c_ulong) -> Result<(), Errno> {
    const RAISE: c_ulong = libc::PR_CAP_AMBIENT_RAISE as c_ulong;
    let none: c_ulong = 0;
    // SAFETY: takes only numbers.
    check(unsafe { libc::prctl(libc::PR_CAP_AMBIENT, RAISE, capability, none, none) }).map(drop)
}

fn drop_from_bounding_set(capability: c_ulong) -> Result<(), Errno> {
    // SAFETY: takes only numbers.
    check(unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability) }).map(drop)
}
