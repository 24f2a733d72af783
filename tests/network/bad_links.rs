//! Links with conditions that can't be: each is a typed error with the condition and its range.

use std::time::Duration;

use ns_test::network::Link;
use ns_test::ns_test;

use crate::mistakes::mistake;

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
fn bad_links() -> [(Link, &'static str); 16] {
    let too_long = Duration::from_secs(3601);
    [
        (
            Link::new().loss(1.5),
            "link `a-b`: loss(1.5) is out of range: use a fraction from 0 to 1",
        ),
        (
            Link::new().loss(f64::NAN),
            "link `a-b`: loss(NaN) is out of range: use a fraction from 0 to 1",
        ),
        (
            Link::new().duplicate(-0.1),
            "link `a-b`: duplicate(-0.1) is out of range: use a fraction from 0 to 1",
        ),
        (
            Link::new().loss_bursts(2.0, 3.0),
            "link `a-b`: loss_bursts(2) is out of range: use a fraction from 0 to 1",
        ),
        (
            Link::new().loss_bursts(0.1, 0.5),
            "link `a-b`: the mean length of a burst must be a number of at least 1 packet",
        ),
        (
            Link::new().loss_bursts(0.1, f64::INFINITY),
            "link `a-b`: the mean length of a burst must be a number of at least 1 packet",
        ),
        (
            Link::new().loss_bursts(0.9, 4),
            "link `a-b`: bursts this short can't lose that many packets: use longer bursts, or `loss(..)`",
        ),
        (
            Link::new().reorder(f64::INFINITY),
            "link `a-b`: reorder(inf) is out of range: use a fraction from 0 to 1",
        ),
        (
            Link::new().jitter(Duration::MAX),
            "link `a-b`: jitter(18446744073709551615.999999999s) is too long: use at most an hour",
        ),
        (
            Link::new().rate(1000).queue(too_long),
            "link `a-b`: queue(3601s) is too long: use at most an hour",
        ),
        (
            Link::direct().mtu(65536),
            "link `a-b`: mtu(65536) is out of range: use 1280 to 65535, or 68 to 65535 with `v4_only`",
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
            "link `a-b`: mtu(1279) is out of range: use 1280 to 65535, or 68 to 65535 with `v4_only`",
        ),
        (
            Link::direct().loss(0.1),
            "link `a-b`: `Link::direct()` takes no conditions: use `Link::new()`",
        ),
    ]
}
