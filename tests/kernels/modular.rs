//! Tests that need a module of the kernel. The checks run them.

use ns_test::network::{Error, Link, Network};
use ns_test::ns_test;

#[ns_test(mount(overlay = "/usr"))]
fn overlay() {}

#[ns_test(net, mount)]
fn network() -> Result<(), Error> {
    let mut plan = Network::plan();
    let (a, b) = (plan.host("a"), plan.host("b"));
    plan.link(a, b, Link::new());
    plan.build().map(drop)
}

#[ns_test(net, mount)]
fn address_translation() -> Result<(), Error> {
    let mut plan = Network::plan();
    let (laptop, home, server) = (
        plan.host("laptop"),
        plan.router("home"),
        plan.host("server"),
    );
    plan.link(laptop, home, Link::new());
    let uplink = plan.link(home, server, Link::new());
    plan.masquerade(home, uplink);
    plan.build().map(drop)
}
