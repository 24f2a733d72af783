//! `ns_test::service`: readiness, failures to become ready, and leftovers.

mod control;
mod ending;
mod environment;
mod hosts;
mod mistakes;
mod outside;
mod postgresql;
mod readiness;
mod ready_sockets;
mod server;
mod stale;

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(run) = server::wanted() {
        return run();
    }
    outside::client().unwrap_or_else(ns_test::run)
}
