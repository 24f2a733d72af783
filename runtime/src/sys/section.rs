//! The linker's table of the attribute's records in section `ns_test_cases`.

use std::any::Any;

/// One record of the section. Its type is known only at run time: the attributes of several
/// versions of this crate put their records in the same section, and each version selects its own.
pub type Record = &'static (dyn Any + Send + Sync);

/// Returns all records of the section.
pub(crate) fn records() -> &'static [Record] {
    let start = &raw const __start_ns_test_cases;
    let stop = &raw const __stop_ns_test_cases;
    let length = (stop.addr() - start.addr()) / size_of::<Record>();
    // SAFETY: the linker sets the two symbols at both ends of the section. The attribute's
    // expansion puts only `Record`s in it. There is no padding between them, because their size is
    // a multiple of their alignment.
    unsafe { std::slice::from_raw_parts(start.cast::<Record>(), length) }
}

unsafe extern "C" {
    static __start_ns_test_cases: u8;
    static __stop_ns_test_cases: u8;
}

/// An empty record, so that the section and the two symbols exist in a binary without tests.
#[used]
#[unsafe(link_section = "ns_test_cases")]
static NO_CASE: [Record; 0] = [];
