//! Modules that this crate has not requested.

use ns_test::network::Network;
use ns_test::service::Service;

fn main() {}
