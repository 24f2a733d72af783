//! Machines and sandboxes that refuse a network: each is a typed error with the cause and the
//! remedy.

use std::net::{TcpListener, TcpStream};

use ns_test::network::{Error, Link, Network};
use ns_test::{Requirement, limited_by, ns_test};
use ns_test_suite::seccomp::{self, Rule};

#[ns_test(net)]
fn without_mount_the_option_is_named() {
    let mut plan = Network::plan();
    plan.host("a");
    let error = plan.build().expect_err("names can't be had").to_string();
    assert!(error.contains("add the `mount` option"), "{error}");
}

/// Builds two hosts and returns the refusal.
fn refusal() -> ns_test::network::Refused {
    let mut plan = Network::plan();
    let [a, b] = ["a", "b"].map(|name| plan.host(name));
    plan.link(a, b, Link::new());
    match plan.build() {
        Err(Error::Refused(refused)) => refused,
        Err(other) => panic!("another error: {other}"),
        Ok(network) => panic!("it was built: {network}"),
    }
}

fn asks_for_net() {
    let error = refusal().to_string();
    assert!(error.contains("add the `net` option"), "{error}");
    assert!(error.contains("setns: EPERM"), "{error}");
}

#[ns_test(mount)]
fn without_net_the_error_names_the_option() {
    asks_for_net();
}

#[ns_test(user, mount, pid)]
fn without_net_in_an_explicit_user_namespace() {
    asks_for_net();
}

/// Either of the two options may be named first.
#[ns_test(pid)]
fn without_net_and_mount_the_error_names_both_options() {
    let error = refusal().to_string();
    assert!(error.contains("as in `#[ns_test(net, mount)]`"), "{error}");
}

#[ns_test(user(caps = "none"), net, mount)]
fn without_capabilities_the_error_names_the_capability() {
    let error = refusal().to_string();
    assert!(error.contains("CAP_SYS_ADMIN"), "{error}");
}

/// If a host cannot be entered, the test panics and is reported.
#[ns_test(net, mount)]
fn a_host_that_cannot_be_entered_panics() {
    let mut plan = Network::plan();
    let a = plan.host("a");
    let network = plan.build().expect("a network");
    seccomp::install(&[Rule::refuses(libc::SYS_setns)]).expect("a filter");
    let entered = std::panic::catch_unwind(|| network[a].run(|| ()));
    let panic = entered.expect_err("setns is refused");
    assert_eq!(
        panic.downcast_ref::<String>().map(String::as_str),
        Some("failed to enter host `a`: setns: EPERM (operation not permitted)")
    );
}

#[ns_test(net, mount, limit(files = 24))]
fn too_few_descriptors_are_reported() {
    assert!(limited_by().files.is_some());
    let mut plan = Network::plan();
    let hosts: Vec<_> = (0..40)
        .map(|number| plan.host(format!("n{number}")))
        .collect();
    plan.switch(&hosts, Link::new());
    let Err(Error::Refused(refused)) = plan.build() else {
        panic!("40 hosts need 40 descriptors");
    };
    assert_eq!(refused.errno().name(), Some("EMFILE"));
    assert!(
        refused
            .note()
            .is_some_and(|note| note.contains("ulimit -n")),
        "{refused}"
    );
    // The thread is back in its namespace, and no descriptor is left open.
    let mut plan = Network::plan();
    let [a, b] = ["a", "b"].map(|name| plan.host(name));
    plan.link(a, b, Link::new());
    let _network = plan.build().expect("a small one");
}

#[ns_test(net, mount)]
fn too_many_namespaces_are_reported() {
    std::fs::write("/proc/sys/user/max_net_namespaces", "3").expect("it is the test's own limit");
    let mut plan = Network::plan();
    let hosts: Vec<_> = (0..5)
        .map(|number| plan.host(format!("n{number}")))
        .collect();
    plan.switch(&hosts, Link::new());
    let Err(Error::Refused(refused)) = plan.build() else {
        panic!("5 hosts need 5 namespaces");
    };
    assert_eq!(refused.errno().name(), Some("ENOSPC"));
    assert!(
        refused
            .note()
            .is_some_and(|note| note.contains("max_net_namespaces")),
        "{refused}"
    );
}

#[ns_test(net, mount)]
fn this_machine_can_make_networks() {
    Network::probe().unwrap_or_else(|refusal| panic!("{refusal}"));
}

/// As in a container engine whose filter forbids such sockets.
#[ns_test(net, mount)]
fn a_probe_names_packet_sockets() {
    seccomp::install(&[Rule::refuses_sockets(libc::AF_PACKET)]).expect("a filter");
    let refusal = Network::probe().expect_err("the wire needs such a socket");
    assert_eq!(refusal.what(), [Requirement::PacketSockets]);
    let text = refusal.to_string();
    for words in ["packet sockets", "socket(AF_PACKET)", "EPERM", "seccomp"] {
        assert!(text.contains(words), "{text}");
    }
}

/// As in a container engine whose filter forbids such sockets.
#[ns_test(net, mount)]
fn without_packet_sockets_direct_links_work() {
    seccomp::install(&[Rule::refuses_sockets(libc::AF_PACKET)]).expect("a filter");
    let mut plan = Network::plan();
    let [a, b] = ["a", "b"].map(|name| plan.host(name));
    let mut direct = plan.clone();
    plan.link(a, b, Link::new());
    let Err(Error::Refused(refused)) = plan.build() else {
        panic!("the wire needs such a socket");
    };
    assert_eq!(
        (refused.call(), refused.errno().name()),
        ("socket", Some("EPERM"))
    );
    assert!(
        refused
            .note()
            .is_some_and(|note| note.contains("AF_PACKET")),
        "{refused}"
    );
    direct.link(a, b, Link::direct());
    let network = direct.build().expect("it needs none");
    let address = network[b].addresses()[0];
    let listener = network[b]
        .run(|| TcpListener::bind((address, 80)))
        .expect("a port");
    let _client = network[a]
        .run(|| TcpStream::connect((address, 80)))
        .expect("it listens");
    listener.accept().expect("a connection");
}
