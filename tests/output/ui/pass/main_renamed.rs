//! The harness of a crate that has ns-test under another name.
#![deny(warnings, rust_2018_idioms)]

extern crate ns_test as sandboxed;

#[sandboxed::ns_test(net, crate = sandboxed)]
fn annotated() {}

sandboxed::main!(crate = ns_test);
