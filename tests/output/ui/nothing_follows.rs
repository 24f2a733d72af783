#![deny(warnings, missing_docs, unused)]
//! One mistake. Only the body uses the module's imports and helpers.

use std::fs;

use ns_test::ns_test;

struct Helper;

impl Helper {
    fn help(&self) {}
}

/// Documented.
#[ns_test(network)]
#[test]
#[ignore = "slow"]
#[should_panic(expected = "never")]
fn test() {
    Helper.help();
    let _ = fs::read("/proc/self/stat");
}

fn main() {}
