//! The table that the linker makes of what the attribute leaves behind in section `ns_test_cases`.

/// All records of the section. `T` is what the attribute puts there.
pub(crate) fn records<T: Sync>() -> &'static [&'static T] {
    let start = &raw const __start_ns_test_cases;
    let stop = &raw const __stop_ns_test_cases;
    let length = (stop.addr() - start.addr()) / size_of::<&T>();
    // SAFETY: the linker sets the two symbols around the section; its only contents are the `&'static T` of the
    // attribute's expansion (pointers, so that no padding can stand between them).
    unsafe { std::slice::from_raw_parts(start.cast::<&'static T>(), length) }
}

unsafe extern "C" {
    static __start_ns_test_cases: u8;
    static __stop_ns_test_cases: u8;
}

/// An empty record, so that the section, and with it the two symbols, exist in a binary without tests.
#[used]
#[unsafe(link_section = "ns_test_cases")]
static NO_CASE: [&(); 0] = [];
