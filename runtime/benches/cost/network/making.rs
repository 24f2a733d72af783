//! Making and dropping networks, and being on a host.

use std::env;
use std::io;
use std::thread;
use std::time::Instant;

use ns_test::network::{Link, Network};

use super::bare;
use super::rounds::rounds;
use crate::scratch::note;
use crate::statistics::Figure;

/// The names of the measurements.
pub(super) const DIRECT: &str = "2 hosts, direct, made and dropped";
pub(super) const BARE_3: &str = "3 bare namespaces, made and dropped";
pub(super) const SWITCH: &str = "5 hosts on a switch, made";
pub(super) const BARE_6: &str = "6 bare namespaces, made";
pub(super) const WIRE: &str = "2 hosts with a wire, made";
pub(super) const NO_WIRE: &str = "2 hosts, direct, made";
pub(super) const WIRE_DROPPED: &str = "2 hosts with a wire, made and dropped";
pub(super) const RUN: &str = "Host::run";
pub(super) const SETNS: &str = "setns there and back";
pub(super) const THREAD: &str = "a scoped thread that calls setns";

/// Builds two hosts with this link.
pub(super) fn pair(link: Link) -> io::Result<(Network, [ns_test::network::Host; 2])> {
    let mut plan = Network::plan();
    let (client, server) = (plan.host("client"), plan.host("server"));
    plan.link(client, server, link);
    let network = plan.build().map_err(io::Error::other)?;
    let hosts = [network[client].clone(), network[server].clone()];
    Ok((network, hosts))
}

/// Measures all kinds of networks, and bare namespaces in the same rounds.
pub(super) fn making() -> io::Result<()> {
    for _ in 0..rounds() {
        let (made, dropped) = timed(|| pair(Link::direct()))?;
        note(DIRECT, dropped)?;
        note(NO_WIRE, made)?;
        let (_, dropped) = timed(|| bare::make(3))?;
        note(BARE_3, dropped)?;
        let (made, _) = timed(|| switch(5))?;
        note(SWITCH, made)?;
        let (made, _) = timed(|| bare::make(6))?;
        note(BARE_6, made)?;
        let (made, dropped) = timed(|| pair(Link::new()))?;
        note(WIRE, made)?;
        note(WIRE_DROPPED, dropped)?;
    }
    Ok(())
}

/// Makes this many networks, one after the other, in a process whose total time is measured.
pub(super) fn labs(link: &Link) -> io::Result<()> {
    (0..rounds()).try_for_each(|_| pair(link.clone()).map(drop))
}

/// Measures code on a host, on this thread and on a new one, and the calls that the kernel needs at
/// least. Each call is timed alone, and a different one is the first each time, so that other work
/// on the machine, and a new thread's cold caches, disturb all of them.
pub(super) fn running() -> io::Result<()> {
    const TIMES: usize = 2000;
    let (_network, [client, _]) = pair(Link::direct())?;
    let (namespace, home) = (client.run(bare::current)?, bare::current()?);
    let on_host = || {
        client.run(|| ());
        Ok(())
    };
    let there_and_back = || bare::enter(&namespace).and_then(|()| bare::enter(&home));
    let on_thread = || {
        thread::scope(|scope| scope.spawn(|| bare::enter(&namespace)).join())
            .expect("the thread ends")
    };
    let contenders: [(&str, &dyn Fn() -> io::Result<()>); 3] = [
        (RUN, &on_host),
        (SETNS, &there_and_back),
        (THREAD, &on_thread),
    ];
    for _ in 0..rounds() {
        let mut times = contenders.map(|_| Vec::with_capacity(TIMES));
        for first in 0..TIMES {
            for number in 0..contenders.len() {
                let next = (first + number) % contenders.len();
                let start = Instant::now();
                contenders[next].1()?;
                times[next].push(micros(start));
            }
        }
        for ((name, _), times) in contenders.into_iter().zip(times) {
            let median = Figure::of(times).map_or(f64::NAN, |figure| figure.median);
            note(name, median)?;
        }
    }
    Ok(())
}

/// The variable with the number of hosts of [`switches`].
pub(super) const HOSTS: &str = "NS_TEST_BENCH_HOSTS";

/// Makes networks with hosts on a switch, one after the other, in a process whose total time is
/// measured.
pub(super) fn switches() -> io::Result<()> {
    let hosts = env::var(HOSTS).ok().and_then(|text| text.parse().ok());
    let hosts = hosts.ok_or_else(|| io::Error::other(HOSTS))?;
    (0..rounds()).try_for_each(|_| switch(hosts).map(drop))
}

fn switch(hosts: u32) -> io::Result<Network> {
    let mut plan = Network::plan();
    let hosts: Vec<_> = (0..hosts)
        .map(|number| plan.host(format!("host-{number}")))
        .collect();
    plan.switch(&hosts, Link::new());
    plan.build().map_err(io::Error::other)
}

/// Returns the microseconds to make a value, and to drop it.
fn timed<T>(make: impl FnOnce() -> io::Result<T>) -> io::Result<(f64, f64)> {
    let start = Instant::now();
    let made = make()?;
    let until_made = micros(start);
    drop(made);
    Ok((until_made, micros(start)))
}

fn micros(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e6
}
