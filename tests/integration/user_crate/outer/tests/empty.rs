//! A target without tests.

ns_test::main!();
