//! The table that the linker makes of what the attribute puts in section `ns_test_cases`.

use std::any::Any;

/// One record of the section. Its type is known at run time only: the attributes of several versions of this crate put their records in
/// the same section, and each version takes its own.
pub type Record = &'static (dyn Any + Send + Sync);

/// Returns all records of the section.
pub(crate) fn records() -> &'static [Record] {
    let start = &raw const __start_ns_test_cases;
    let stop = &raw const __stop_ns_test_cases;
    let length = (stop.addr() - start.addr()) / size_of::<Record>();
    // SAFETY: the linker sets the two symbols around the section. The attribute's expansion puts `Record`s in it and nothing else; no
    // padding can be between them, because their size is a multiple of their alignment.
    unsafe { std::slice::from_raw_parts(start.cast::<Record>(), length) }
}

unsafe extern "C" {
    static __start_ns_test_cases: u8;
    static __stop_ns_test_cases: u8;
}

/// An empty record, so that the section, and with it the two symbols, exist in a binary without tests.
#[used]
#[unsafe(link_section = "ns_test_cases")]
static NO_CASE: [Record; 0] = [];
