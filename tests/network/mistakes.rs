//! Invalid plans: each is a typed error with the mistake and its place.

use ns_test::network::{Error, HostId, Link, Mistake, Network, Plan};
use ns_test::ns_test;

/// Returns the mistake in a plan with two hosts, given a function of the plan and the hosts.
pub(crate) fn mistake(fill: impl FnOnce(&mut Plan, [HostId; 2])) -> Mistake {
    let mut plan = Network::plan();
    let hosts = [plan.host("a"), plan.host("b")];
    fill(&mut plan, hosts);
    match plan.build() {
        Err(Error::Plan(mistake)) => mistake,
        Err(other) => panic!("another error: {other}"),
        Ok(network) => panic!("it was built: {network}"),
    }
}

#[ns_test(net, mount)]
fn hosts_have_names() {
    let long = ["x".repeat(64), ["x"; 127].join(".") + "yy"];
    let names = BAD_NAMES.into_iter().chain(long.iter().map(String::as_str));
    for name in names {
        let found = mistake(|plan, _| {
            plan.host(name);
        });
        let name = name.to_owned();
        assert_eq!(found, Mistake::BadName { name });
    }
    let found = mistake(|plan, _| {
        plan.host("A");
    });
    let name = "A".to_owned();
    assert_eq!(found, Mistake::NameTwice { name });
}

const BAD_NAMES: [&str; 16] = [
    "",
    ".",
    "a.",
    "-a",
    "a._b",
    "a b",
    "a\nb",
    "#a",
    "ä",
    "10.0.0.1",
    "1234",
    // Resolvers read it as 0.0.0.127.
    "0x7f",
    "localhost",
    "LOCALHOST",
    "fd00::1",
    "a..b",
];

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
    let of_stranger = |fill: &dyn Fn(&mut Plan, [HostId; 2])| {
        assert_eq!(mistake(|plan, hosts| fill(plan, hosts)), Mistake::Foreign);
    };
    of_stranger(&|plan, [a, _]| {
        plan.link(a, stranger, Link::new());
    });
    of_stranger(&|plan, [a, b]| {
        plan.link(a, b, Link::new().loss(0.1).from(stranger));
    });
    of_stranger(&|plan, _| {
        plan.address(stranger, "10.1.0.1/24");
    });
    let found = mistake(|plan, [a, b]| {
        let router = plan.router("r");
        plan.link(a, b, Link::new().loss(0.1).from(router));
    });
    let expected = Mistake::FromElsewhere {
        link: "a-b".to_owned(),
        number: 2,
    };
    assert_eq!(found, expected);
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
    let expected = "host `a`: no link takes `10.0.0.1/24`: use an address in the network of one of its \
                    links, or add a link to the host";
    assert_eq!(found.to_string(), expected);
    let found = mistake(|plan, [a, b]| {
        plan.link(a, b, Link::new());
        plan.address(a, "10.1.0.1/24").address(b, "10.2.0.1/24");
    });
    let expected = Mistake::NoInterface {
        host: "b".to_owned(),
        address: "10.2.0.1/24".to_owned(),
    };
    assert_eq!(found, expected);
    let found = mistake(|plan, [a, b]| {
        let c = plan.host("c");
        plan.link(a, b, Link::new());
        plan.link(b, c, Link::new());
        plan.address(a, "10.7.0.1/24").address(c, "10.7.0.2/24");
    });
    let expected = Mistake::AddressTwice {
        address: "10.7.0.0/24".to_owned(),
    };
    assert_eq!(found, expected);
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

#[ns_test(net, mount)]
fn a_capture_is_a_file() {
    let words = |path: &str| {
        let mut plan = Network::plan();
        let [a, b] = ["a", "b"].map(|name| plan.host(name));
        plan.link(a, b, Link::new());
        plan.capture(path);
        let error = plan.build().expect_err("no such file can be made");
        error.to_string()
    };
    for path in ["/tmp", "a\0b"] {
        let words = words(path);
        assert!(words.contains("takes the path of a file"), "{words}");
    }
    for path in ["../x.pcapng", "inner/../../x.pcapng", ".."] {
        assert_eq!(
            words(path),
            format!(
                "the network plan is invalid: capture(`{path}`) leaves the test's own directory: remove \
                the `..`, or use an absolute path"
            )
        );
    }
    let words = words("/proc/x/y");
    assert!(words.contains("NS_TEST_ARTIFACTS"), "{words}");
    let mut plan = Network::plan();
    let [a, b] = ["a", "b"].map(|name| plan.host(name));
    plan.link(a, b, Link::direct());
    plan.capture("x.pcapng");
    assert!(matches!(
        plan.build(),
        Err(Error::Plan(Mistake::NothingToCapture))
    ));
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

/// A test that returns the error prints it with `Debug`.
#[ns_test(net, mount)]
fn an_error_is_readable_as_it_is_printed() {
    let mut plan = Network::plan();
    let [a, b] = ["a", "b"].map(|name| plan.host(name));
    plan.link(a, b, Link::new().loss(2.0));
    let error = plan.build().expect_err("no share");
    assert_eq!(
        format!("{error:?}"),
        "the network plan is invalid: link `a-b`: loss(2) is out of range: use a fraction from 0 to 1"
    );
}
