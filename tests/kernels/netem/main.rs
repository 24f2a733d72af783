//! The wire of [`Network`](ns_test::network::Network) next to the kernel's own emulator, `netem`.
//!
//! Both get the same conditions and the same packets. Both must then show the same statistics. The
//! bounds are five standard deviations, which a fair generator exceeds once in a million runs.
//!
//! Few kernels have `netem`: those of `tests/kernels/run` do, so that a missing one is a failure
//! there. Elsewhere the tests are skipped.

mod emulator;
mod path;
mod statistics;
mod time;

ns_test::main!();
