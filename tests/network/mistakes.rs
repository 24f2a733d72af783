//! Invalid plans, and machines that refuse: each is a typed error with the cause and the place.

use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use ns_test::network::{Error, Link, Mistake, Network, Plan};
use ns_test::{Requirement, limited_by, ns_test};
use ns_test_suite::seccomp::{self, Rule};

/// Returns the mistake in a plan with two hosts, given a function of the plan and the hosts.
fn mistake(fill: impl FnOnce(&mut Plan, [ns_test::network::HostId; 2])) -> Mistake {
    let mut plan = Network::plan();
    let hosts = [plan.host("a"), plan.host("b")];
    fill(&mut plan, hosts);
    match plan.build() {
        Err(Error::Plan(mistake)) => mistake,
        Err(other) => panic!("another error: {other}"),
        Ok(network) => panic!("it was built: {network}"),
    }
}

fn of_link(link: Link) -> String {
    mistake(|plan, [a, b]| {
        plan.link(a, b, link);
    })
    .to_string()
}

#[ns_test(net, mount)]
fn links_have_conditions_that_can_be() {
    for (link, words) in bad_links() {
        assert_eq!(of_link(link), words);
    }
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn bad_links() -> [(Link, &'static str); 10] {
    let too_long = Duration::from_secs(3601);
    [
        (
            Link::new().loss(1.5),
            "link `a-b`: loss(1.5) is out of range: use a share from 0 to 1",
        ),
        (
            Link::new().loss(f64::NAN),
            "link `a-b`: loss(NaN) is out of range: use a share from 0 to 1",
        ),
        (
            Link::new().duplicate(-0.1),
            "link `a-b`: duplicate(-0.1) is out of range: use a share from 0 to 1",
        ),
        (
            Link::new().loss_bursts(2.0, 3.0),
            "link `a-b`: loss_bursts(2) is out of range: use a share from 0 to 1",
        ),
        (
            Link::new().loss_bursts(0.1, 0.5),
            "link `a-b`: a mean burst of lost packets is too short: use at least 1 packet",
        ),
        (
            Link::new().delay(too_long),
            "link `a-b`: delay(3601s) is too long: use at most an hour",
        ),
        (
            Link::new().rate(0),
            "link `a-b`: a rate of 0 bits per second lets no packet through: use `Network::cut` for that",
        ),
        (
            Link::new().queue(Duration::from_secs(1)),
            "link `a-b`: a queue has no effect without a rate: add `rate(..)`, or remove `queue(..)`",
        ),
        (
            Link::new().mtu(1279),
            "link `a-b`: mtu(1279) is out of range: use 1280 to 65535, or from 68 on with `v4_only`",
        ),
        (
            Link::direct().loss(0.1),
            "link `a-b`: `Link::direct()` takes no conditions: use `Link::new()`",
        ),
    ]
}

#[ns_test(net, mount)]
fn hosts_have_names_and_places() {
    for name in [
        "",
        "-a",
        "a b",
        "10.0.0.1",
        "1234",
        "localhost",
        "fd00::1",
        &"x".repeat(64),
    ] {
        let found = mistake(|plan, _| {
            plan.host(name);
        });
        assert_eq!(
            found,
            Mistake::BadName {
                name: name.to_owned()
            }
        );
    }
    let found = mistake(|plan, _| {
        plan.host("A");
    });
    assert_eq!(
        found,
        Mistake::NameTwice {
            name: "A".to_owned()
        }
    );
}

#[ns_test(net, mount)]
fn links_are_between_hosts_of_the_plan() {
    let found = mistake(|plan, [a, _]| {
        plan.link(a, a, Link::new());
    });
    assert_eq!(
        found,
        Mistake::ToItself {
            link: "a-a".to_owned(),
            host: "a".to_owned()
        }
    );
    let found = mistake(|plan, [a, _]| {
        plan.switch(&[a], Link::new());
    });
    assert_eq!(found, Mistake::SwitchSize { hosts: 1 });
    let stranger = Network::plan().host("c");
    assert_eq!(
        mistake(|plan, [a, _]| {
            plan.link(a, stranger, Link::new());
        }),
        Mistake::Foreign
    );
}

#[ns_test(net, mount)]
fn addresses_are_those_of_hosts() {
    let words = |address: &str| {
        mistake(|plan, [a, b]| {
            plan.link(a, b, Link::new());
            plan.address(a, address);
        })
        .to_string()
    };
    for bad in [
        "10.0.0.1",
        "10.0.0.0/24",
        "10.0.0.255/24",
        "127.0.0.1/8",
        "224.0.0.1/4",
        "fe80::1/64",
        "10.0.0.1/33",
        "x/1",
    ] {
        let expected = format!(
            "host `a`: `{bad}` is not a host address with a prefix length: write it like \
            `198.51.100.2/24`"
        );
        assert_eq!(words(bad), expected);
    }
    assert_eq!(
        words("10.1.0.1/32"),
        "link `a-b`: its network is too small for its hosts: use a shorter prefix"
    );
}

#[ns_test(net, mount)]
fn addresses_fit_their_links() {
    let found = mistake(|plan, [a, _]| {
        plan.address(a, "10.0.0.1/24").v4_only();
    });
    let expected = "host `a`: no interface is free for `10.0.0.1/24`: add a link to the host";
    assert_eq!(found.to_string(), expected);
    let found = mistake(|plan, [a, b]| {
        plan.link(a, b, Link::new());
        plan.address(a, "fd01::1/64").v4_only();
    });
    assert!(matches!(found, Mistake::OtherFamily { .. }), "{found}");
    let found = mistake(|plan, [a, b]| {
        plan.link(a, b, Link::new());
        plan.address(a, "10.9.0.1/24").address(b, "10.9.0.1/24");
    });
    assert_eq!(
        found,
        Mistake::AddressTwice {
            address: "10.9.0.1".to_owned()
        }
    );
}

#[ns_test(net, mount)]
fn only_routers_masquerade() {
    let found = mistake(|plan, [a, b]| {
        let link = plan.link(a, b, Link::new());
        plan.masquerade(a, link);
    });
    assert_eq!(
        found,
        Mistake::NoRouter {
            host: "a".to_owned()
        }
    );
    let found = mistake(|plan, [a, b]| {
        let (router, link) = (plan.router("r"), plan.link(a, b, Link::new()));
        plan.masquerade(router, link);
    });
    let expected = "router `r` can't masquerade on link `a-b`, because it is not on that link: use one \
                    of its own links";
    assert_eq!(found.to_string(), expected);
}

#[ns_test(net, mount, env("NS_TEST_SEED", "eleven"))]
fn a_seed_is_a_number() {
    let found = mistake(|plan, [a, b]| {
        plan.link(a, b, Link::new());
    });
    assert_eq!(
        found,
        Mistake::BadSeed {
            value: "eleven".to_owned()
        }
    );
}

#[ns_test(net, mount, env("NS_TEST_SEED", "0x10"))]
fn the_environment_has_a_seed() {
    let mut plan = Network::plan();
    plan.host("a");
    assert_eq!(plan.build().expect("a network").seed(), 16);
    plan.seed(5);
    assert_eq!(plan.build().expect("a network").seed(), 5);
}

#[ns_test(net)]
fn without_mount_the_reason_is_told() {
    let mut plan = Network::plan();
    plan.host("a");
    let map = std::fs::read_to_string("/proc/self/uid_map").expect("it is there");
    if map.split_whitespace().nth(1) == Some("0") {
        // The fence of real root is a mount tree of the test's own.
        let _network = plan.build().expect("a network");
        return;
    }
    let error = plan.build().expect_err("names can't be had").to_string();
    assert!(error.contains("add the `mount` option"), "{error}");
}

#[ns_test(net, mount, limit(files = 24))]
fn too_few_descriptors_are_told() {
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
fn too_many_namespaces_are_told() {
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

/// A test that returns the error prints it with `Debug`.
#[ns_test(net, mount)]
fn an_error_is_readable_as_it_is_printed() {
    let mut plan = Network::plan();
    let [a, b] = ["a", "b"].map(|name| plan.host(name));
    plan.link(a, b, Link::new().loss(2.0));
    let error = plan.build().expect_err("no share");
    assert_eq!(
        format!("{error:?}"),
        "the network plan is invalid: link `a-b`: loss(2) is out of range: use a share from 0 to 1"
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
