use std::any::Any;

use ns_test::ns_test;

#[ns_test(user)]
fn of_this_version() {}

// What the attribute of another version puts in the section: a record of a type that this version
// does not know.
#[used]
#[unsafe(link_section = "ns_test_cases")]
static OF_ANOTHER_VERSION: &(dyn Any + Send + Sync) = &"a case";

ns_test::main!();
