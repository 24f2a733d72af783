//! The dependency under another name, from Cargo.toml.

#[lab::ns_test(user)]
fn under_another_name() {}

lab::main!();
