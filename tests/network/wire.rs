//! What the wire must preserve: checksums, super-frames, tags, fragments, large frames.

use std::io::{Read, Write};
use std::net::{IpAddr, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use ns_test::network::Link;
use ns_test::ns_test;
use ns_test_suite::raw::{self, Frames};

use crate::traffic::{LONG, Pair, eventually};

const MEGABYTE: usize = 1 << 20;

/// Sends this many bytes by TCP to each address of the other host.
pub(crate) fn tcp_arrives(pair: &Pair, length: usize) {
    for address in pair.b().addresses().to_vec() {
        let listener = pair
            .b()
            .run(|| TcpListener::bind((address, 80)))
            .expect("a port");
        let connected = pair.a().run(|| TcpStream::connect((address, 80)));
        let mut client = connected.expect("it listens");
        let (mut server, _) = listener.accept().expect("a connection");
        server.set_read_timeout(Some(LONG)).expect("an option");
        let bytes: Vec<u8> = (0..length).map(|at| (at % 251).to_le_bytes()[0]).collect();
        let sent = bytes.clone();
        let sender = std::thread::spawn(move || client.write_all(&sent));
        let mut received = Vec::new();
        server.read_to_end(&mut received).expect("it ends");
        assert!(
            received == bytes,
            "{} of {length} bytes to {address}",
            received.len()
        );
        sender.join().expect("it returns").expect("it is sent");
    }
}

#[ns_test(net, mount)]
fn tcp_with_the_usual_offloads_arrives() {
    tcp_arrives(&Pair::new(Link::new()), 8 * MEGABYTE);
}

#[ns_test(net, mount, timeout = "120s")]
fn tcp_arrives_though_packets_are_lost() {
    let link = Link::new()
        .delay(Duration::from_millis(1))
        .loss(0.02)
        .reorder(0.01);
    tcp_arrives(&Pair::with_seed(link, Some(3)), MEGABYTE / 4);
}

#[ns_test(net, mount)]
fn direct_links_carry_super_frames() {
    tcp_arrives(&Pair::new(Link::direct()), 8 * MEGABYTE);
}

#[ns_test(net, mount)]
fn other_mtus_carry_tcp() {
    for mtu in [1280, 9000, 65535] {
        let pair = Pair::new(Link::new().mtu(mtu));
        tcp_arrives(&pair, MEGABYTE);
        let read = || std::fs::read_to_string("/sys/class/net/eth0/mtu");
        let _of_the_test = read();
        let shown = pair
            .a()
            .command("cat")
            .arg("/sys/class/net/eth0/mtu")
            .output();
        assert_eq!(
            String::from_utf8_lossy(&shown.expect("it runs").stdout).trim(),
            mtu.to_string()
        );
    }
}

/// Sends datagrams that the kernel cuts from one send, as QUIC stacks do.
fn segments_arrive(link: Link, address: usize) {
    const SEGMENTS: usize = 10;
    let pair = Pair::new(link);
    let to = pair.b().addresses()[address];
    let any: IpAddr = if to.is_ipv4() {
        [0; 4].into()
    } else {
        [0_u16; 8].into()
    };
    let receiver = pair.b().run(|| UdpSocket::bind((to, 9))).expect("a port");
    receiver.set_read_timeout(Some(LONG)).expect("an option");
    let sender = pair.a().run(|| UdpSocket::bind((any, 0))).expect("a port");
    raw::segment(&sender, 1000).expect("since Linux 4.18");
    let bytes: Vec<u8> = (0..1000 * SEGMENTS)
        .map(|at| (at / 1000).to_le_bytes()[0])
        .collect();
    sender.send_to(&bytes, (to, 9)).expect("it can be sent");
    for segment in bytes.chunks(1000) {
        let mut received = [0; 2000];
        let length = receiver.recv(&mut received).expect("it arrives");
        assert!(&received[..length] == segment, "{length} bytes");
    }
}

#[ns_test(net, mount)]
fn udp_segments_arrive() {
    for address in [0, 1] {
        segments_arrive(Link::new(), address);
        segments_arrive(Link::direct(), address);
    }
}

#[ns_test(net, mount)]
fn fragments_arrive() {
    let pair = Pair::new(Link::new().delay(Duration::from_millis(1)));
    for to in pair.b().addresses().to_vec() {
        let any: IpAddr = if to.is_ipv4() {
            [0; 4].into()
        } else {
            [0_u16; 8].into()
        };
        let receiver = pair.b().run(|| UdpSocket::bind((to, 9))).expect("a port");
        receiver.set_read_timeout(Some(LONG)).expect("an option");
        let sender = pair.a().run(|| UdpSocket::bind((any, 0))).expect("a port");
        let bytes = vec![7; 20_000];
        sender.send_to(&bytes, (to, 9)).expect("it can be sent");
        let mut received = vec![0; 30_000];
        let length = receiver.recv(&mut received).expect("it arrives");
        assert!(received[..length] == bytes, "{length}");
    }
}

/// Returns a broadcast frame of an experimental protocol (IEEE 802).
fn experiment(tag: &[u8]) -> Vec<u8> {
    [
        &[0xff; 6][..],
        &[2, 0, 0, 0, 0, 1],
        tag,
        &[0x88, 0xb5],
        b"payload of an experiment, sixty bytes with all its headers",
    ]
    .concat()
}

#[ns_test(net, mount)]
fn vlan_tags_arrive() {
    let pair = Pair::new(Link::new());
    let receiver = pair.b().run(|| Frames::open("eth0")).expect("a socket");
    let sender = pair.a().run(|| Frames::open("eth0")).expect("a socket");
    // VLAN 5, priority 1; then one tag inside another. The kernel strips the outer one.
    let inner = [0x81, 0, 0, 7];
    for (tag, left) in [
        (&[0x81, 0, 0x20, 5][..], &[][..]),
        (&[0x88, 0xa8, 0, 5, 0x81, 0, 0, 7], &inner),
    ] {
        sender.send(&experiment(tag)).expect("it can be sent");
        let mut found = None;
        eventually(|| {
            let is_ours =
                |frame: &Vec<u8>| frame[..6] == [0xff; 6] && frame[6..12] == [2, 0, 0, 0, 0, 1];
            found = found
                .take()
                .or_else(|| receiver.receive().ok().filter(is_ours));
            found.is_some()
        });
        assert_eq!(found, Some(experiment(left)));
    }
    let total = pair.network.stats().sent(pair.a, pair.link);
    let length = experiment(&[]).len() as u64;
    // With both tags.
    assert_eq!((total.seen, total.bytes), (2, 2 * length + 4 + 8));
}
