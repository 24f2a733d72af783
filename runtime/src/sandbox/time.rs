//! `time`: separate monotonic and boot clocks; `time_namespaces(7)`.

use std::fmt::Write as _;

use crate::error::{At, Call, Failure, Step};
use crate::request::namespace::Namespace;
use crate::request::spec::{Offset, Time};
use crate::sandbox::file;
use crate::sys::process;

/// The text for `timens_offsets`.
#[derive(Debug)]
pub(crate) struct TimePlan {
    offsets: Vec<u8>,
}

impl TimePlan {
    pub(crate) fn new(time: &Time) -> Self {
        let mut lines = String::new();
        for (clock, offset) in [("monotonic", time.monotonic), ("boottime", time.boottime)] {
            if offset != Offset::ZERO {
                let _ = writeln!(lines, "{clock} {} {}", offset.seconds, offset.nanoseconds);
            }
        }
        Self {
            offsets: lines.into_bytes(),
        }
    }
}

/// Makes the time namespace of the caller's future children.
///
/// `clone3` is unsuitable: the child of `CLONE_NEWTIME` is a member at once, and the kernel accepts
/// offsets (else EACCES) only while a namespace has no members.
pub(crate) fn enter(plan: &TimePlan) -> Result<(), Failure<'_>> {
    process::unshare(Namespace::Time.flag()).at(Step::MakeNamespaces, Call::Unshare)?;
    if plan.offsets.is_empty() {
        return Ok(());
    }
    file::write_once(c"/proc/self/timens_offsets", &plan.offsets).at(Step::SetClocks, Call::Write)
}
