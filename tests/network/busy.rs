//! A machine whose processors are all busy: everything still works, only later.

use std::net::UdpSocket;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use ns_test::network::{HostId, Link, Network};
use ns_test::ns_test;

use crate::build::first_datagram_arrives;
use crate::conditions::{fate, lossy};
use crate::traffic::{LONG, Pair};
use crate::wire::tcp_arrives;

/// Twice as many processes as processors, each of which never sleeps.
struct BusyProcessors(Vec<Child>);

impl BusyProcessors {
    fn start() -> Self {
        let processors = thread::available_parallelism().map_or(2, usize::from);
        let one = || {
            let mut shell = Command::new("sh");
            let endless = shell.args(["-c", "while :; do :; done"]);
            endless.stdin(Stdio::null()).spawn().expect("it starts")
        };
        Self((0..2 * processors).map(|_| one()).collect())
    }
}

impl Drop for BusyProcessors {
    fn drop(&mut self) {
        for child in &mut self.0 {
            child.kill().expect("it never ends by itself");
            child.wait().expect("it is killed");
        }
    }
}

#[ns_test(net, mount, timeout = "300s")]
fn one_seed_has_one_fate() {
    let alone = fate(lossy(), 42);
    let _busy = BusyProcessors::start();
    for run in 0..3 {
        assert!(fate(lossy(), 42) == alone, "run {run}");
    }
    let more = lossy().jitter(Duration::from_micros(500)).duplicate(0.02);
    let mut arrived = fate(more, 42);
    assert!(arrived.is_sorted());
    arrived.dedup();
    assert!(arrived == alone);
}

#[ns_test(net, mount, timeout = "300s")]
fn first_datagrams_arrive() {
    let _busy = BusyProcessors::start();
    for number in 0..60 {
        let mut plan = Network::plan();
        let hosts: Vec<HostId> = ["a", "b", "c"].map(|name| plan.host(name)).to_vec();
        match number % 3 {
            0 => drop(plan.link(hosts[0], hosts[1], Link::direct())),
            1 => drop(plan.link(hosts[0], hosts[1], Link::new())),
            _ => drop(plan.switch(&hosts, Link::new())),
        }
        let network = plan.build().expect("a network");
        for address in network[hosts[1]].addresses() {
            first_datagram_arrives(&network[hosts[0]], &network[hosts[1]], *address);
        }
    }
}

#[ns_test(net, mount, timeout = "300s")]
fn tcp_passes_a_bad_link() {
    let _busy = BusyProcessors::start();
    let link = Link::new().delay(Duration::from_millis(1)).loss(0.02);
    tcp_arrives(&Pair::with_seed(link, Some(3)), 1 << 18);
}

/// The only upper bound for a packet's delay is one that only a hanging wire exceeds.
#[ns_test(net, mount, timeout = "300s")]
fn no_packet_is_early_and_none_hangs() {
    const DELAY: Duration = Duration::from_millis(10);
    let _busy = BusyProcessors::start();
    let pair = Pair::new(Link::new().delay(DELAY));
    let (sender, receiver) = pair.udp();
    wait_for_each(&receiver);
    let mut late: Vec<Duration> = (0..100)
        .map(|_| {
            let sent = Instant::now();
            sender.send(b"?").expect("it is sent");
            receiver.recv(&mut [0; 1]).expect("it arrives");
            sent.elapsed().checked_sub(DELAY).expect("it is not early")
        })
        .collect();
    late.sort();
    assert!(late[50] < Duration::from_secs(1), "{:?}", late[50]);
}

fn wait_for_each(socket: &UdpSocket) {
    socket.set_nonblocking(false).expect("an option");
    socket.set_read_timeout(Some(LONG)).expect("an option");
}
