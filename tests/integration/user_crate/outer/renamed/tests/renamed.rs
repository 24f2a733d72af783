//! The dependency under another name.

#[lab::ns_test(user, crate = lab)]
fn under_another_name() {}

lab::main!(crate = lab);
