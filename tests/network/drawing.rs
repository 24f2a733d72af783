//! A network prints itself as a drawing in text, and as a Mermaid diagram.

use std::time::Duration;

use ns_test::network::{HostId, Link, Network};
use ns_test::ns_test;

/// Builds two clients behind a home router, and a server.
fn home() -> (Network, [HostId; 2]) {
    let mut plan = Network::plan();
    let (laptop, phone) = (plan.host("laptop"), plan.host("phone"));
    let (home, server) = (plan.router("home"), plan.host("server"));
    plan.switch(
        &[laptop, phone, home],
        Link::new().delay(Duration::from_millis(2)),
    );
    let uplink = Link::new()
        .rate(20_000_000)
        .queue(Duration::from_millis(50))
        .loss(0.015);
    let uplink = plan.link(home, server, uplink);
    plan.masquerade(home, uplink).v4_only();
    (plan.build().expect("a network"), [laptop, server])
}

#[ns_test(net, mount)]
fn a_network_is_drawn() {
    let (network, [laptop, server]) = home();
    let _cut = network.split(&[&[laptop], &[server]]);
    let text = "\
laptop  10.0.0.1
phone   10.0.0.2
home    10.0.0.3, 10.0.1.1  router, masquerades on home-server
server  10.0.1.2
switch
├─ delay 2ms ─ laptop
├─ delay 2ms ─ phone
└─ delay 2ms ─ home
home ── loss 1.5%, rate 20 Mbit/s, queue 50ms ── server
in force: split {laptop} | {server}
";
    assert_eq!(network.to_string(), text);
    let diagram = "\
graph LR
    h0[\"laptop<br/>10.0.0.1\"]
    h1[\"phone<br/>10.0.0.2\"]
    h2{{\"home<br/>10.0.0.3<br/>10.0.1.1<br/>masquerades on home-server\"}}
    h3[\"server<br/>10.0.1.2\"]
    s0((switch))
    h0 ---|\"delay 2ms\"| s0
    h1 ---|\"delay 2ms\"| s0
    h2 ---|\"delay 2ms\"| s0
    h2 ---|\"loss 1.5%, rate 20 Mbit/s, queue 50ms\"| h3
    f[/\"in force:<br/>split {laptop} | {server}\"/]
";
    assert_eq!(format!("{network:#}"), diagram);
}

#[ns_test(net, mount)]
fn a_drawing_distinguishes_switches_from_cables() {
    let mut plan = Network::plan();
    let [a, b] = ["a", "b"].map(|name| plan.host(name));
    let router = plan.router("r");
    let left = plan.switch(&[a, router], Link::new());
    plan.switch(&[b, router], Link::new().loss(0.1).from(router));
    let cable = plan.port(left, a);
    let network = plan.v4_only().build().expect("a network");
    network.set(cable, Link::new().delay(Duration::from_millis(2)));
    let text = network.to_string();
    let expected = "\
switch 1
├─ delay 2ms ─ a
└─── r
switch 2
├─── b
└─ loss 10% ─ r
";
    assert!(text.ends_with(expected), "{text}");
    let diagram = format!("{network:#}");
    let expected = "    s0((switch 1))
    h0 ---|\"delay 2ms\"| s0
    h2 --- s0
    s1((switch 2))
    h1 --- s1
    h2 ---|\"loss 10%\"| s1
";
    assert!(diagram.ends_with(expected), "{diagram}");
}
