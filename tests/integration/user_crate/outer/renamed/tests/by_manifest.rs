//! The dependency under another name, which Cargo.toml tells.

#[lab::ns_test(user)]
fn under_another_name() {}

lab::main!();
