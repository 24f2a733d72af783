//! A ping over a raw socket.
//!
//! Without namespaces: raw sockets require root. The network around the machine decides which hosts
//! reply, and how fast.
//!
//! `net` gives the test a network of its own, with all capabilities and predictable behaviour.

use std::io::{self, ErrorKind};
use std::net::Ipv4Addr;
use std::time::Duration;

use ns_test::ns_test;
use ns_test_examples::ping::ping;

const PATIENCE: Duration = Duration::from_secs(5);

#[ns_test(net)]
fn the_host_itself_answers() -> io::Result<()> {
    ping(Ipv4Addr::LOCALHOST, PATIENCE)?;
    ping(Ipv4Addr::new(127, 1, 2, 3), PATIENCE)?;
    Ok(())
}

#[ns_test(net)]
fn no_other_host_can_be_reached() {
    let refused = ping(Ipv4Addr::new(192, 0, 2, 1), PATIENCE).expect_err("there is no route");
    assert_eq!(refused.kind(), ErrorKind::NetworkUnreachable);
}

#[ns_test(net(sysctl("ipv4.icmp_echo_ignore_all", true)))]
fn a_silent_host_is_given_up_in_time() {
    let refused =
        ping(Ipv4Addr::LOCALHOST, Duration::from_millis(50)).expect_err("it keeps silent");
    assert_eq!(refused.kind(), ErrorKind::TimedOut);
}

#[ns_test(net, user(caps = "none"))]
fn an_ordinary_user_gets_an_error() {
    let refused = ping(Ipv4Addr::LOCALHOST, PATIENCE).expect_err("raw sockets take a capability");
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
}

ns_test::main!();
