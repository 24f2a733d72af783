//! A raw call also creates the process that forwards a network's packets. It runs as long as the
//! network.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use ns_test::network::{Link, Network};
use ns_test::ns_test;

/// The number of annotated functions in this file.
pub(crate) const COUNT: usize = 1;

fn every_condition() -> Link {
    Link::new()
        .delay(Duration::from_millis(2))
        .jitter(Duration::from_millis(1))
        .loss(0.1)
        .loss_bursts(0.1, 3.0)
        .duplicate(0.2)
        .reorder(0.2)
        .rate(20_000_000)
        .queue(Duration::from_millis(20))
}

#[ns_test(net, mount)]
fn wire_with_all_conditions() {
    let mut plan = Network::plan();
    let hosts = ["a", "b", "c"].map(|name| plan.host(name));
    let switch = plan.switch(&hosts, every_condition());
    let cable = plan.port(switch, hosts[0]);
    plan.capture("wire.pcapng");
    let network = plan.build().expect("a network");
    let sockets = hosts.map(|host| {
        let socket = network[host].run(|| UdpSocket::bind("0.0.0.0:9"));
        let socket = socket.expect("a port");
        socket.set_broadcast(true).expect("an option");
        socket
    });
    let send = || {
        for round in 0..200 {
            let to = [
                network[hosts[round % 3]].addresses()[0].to_string(),
                "10.0.0.255".to_owned(),
            ];
            let bytes = vec![0; 10 + 7 * round];
            let _ = sockets[(round + 1) % 3].send_to(&bytes, (to[round % 2].as_str(), 9));
        }
    };
    send();
    let hold = network.hold(cable);
    let split = network.split(&[&hosts[..1], &hosts[1..]]);
    send();
    network.set(cable, Link::new().delay(Duration::from_millis(1)));
    network.drop_next(cable, 3);
    send();
    drop((split, hold));
    send();
    let start = Instant::now();
    while network.stats().total().waiting > 0 && start.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let total = network.stats().total();
    assert!(
        total.waiting == 0 && total.delivered > 0 && total.lost > 0 && total.duplicated > 0,
        "{total:?}"
    );
}
