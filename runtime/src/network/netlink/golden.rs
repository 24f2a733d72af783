//! The expected bytes of each message, on a little-endian machine.
#![cfg(target_endian = "little")]

use std::net::IpAddr;

use super::{Batch, End, masquerade};

/// Formats groups of four bytes, as the kernel aligns everything.
fn hex(batch: &Batch) -> String {
    let word = |word: &[u8]| {
        word.iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    batch
        .bytes()
        .chunks(4)
        .map(word)
        .collect::<Vec<_>>()
        .join(" ")
}

fn batch(fill: impl FnOnce(&mut Batch)) -> String {
    let mut batch = Batch::new();
    fill(&mut batch);
    hex(&batch)
}

fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

/// Joins an expected text to one line.
fn line(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_veth_pair() {
    let near = End {
        name: "port0",
        index: 2000,
        mac: None,
        mtu: 1500,
        namespace: None,
        up: true,
    };
    let far = End {
        name: "eth0",
        index: 100,
        mac: Some([2, 0x6e, 0x74, 0, 0, 1]),
        mtu: 1500,
        namespace: Some(7),
        up: false,
    };
    // RTM_NEWLINK, exclusive: up, `port0`, its MTU, one queue each, and in IFLA_LINKINFO `veth`
    // with the other end's header and attributes.
    let expected = "
        a4000000 10000106 01000000 00000000 00000000 d0070000 01000000 01000000
        0a000300 706f7274 30000000 08000400 dc050000 08001f00 01000000 08002000 01000000
        60001280 09000100 76657468 00000000 50000280
        4c000180 00000000 64000000 00000000 00000000
        09000300 65746830 00000000 08000400 dc050000 08001f00 01000000 08002000 01000000
        08001c00 07000000 0a000100 026e7400 00010000";
    assert_eq!(
        batch(|batch| batch.new_veth(&near, &far, "")),
        line(expected)
    );
}

#[test]
fn a_link_that_is_set_up_and_asked_for() {
    let expected = "
        20000000 13000100 01000000 00000000 00000000 01000000 01000000 01000000
        20000000 12000100 02000000 00000000 00000000 64000000 00000000 00000000";
    let both = batch(|batch| {
        batch.set_up(1, "");
        batch.get_link(100, "");
    });
    assert_eq!(both, line(expected));
}

#[test]
fn addresses() {
    // With a broadcast address, and with IFA_F_NODAD.
    let expected = "
        30000000 14000106 01000000 00000000 02180000 64000000
        08000200 0a000001 08000100 0a000001 08000400 0a0000ff
        40000000 14000106 02000000 00000000 0a400200 64000000
        14000200 fd000000 00000000 00000000 00000001 14000100 fd000000 00000000 00000000 00000001";
    let both = batch(|batch| {
        batch.new_address(100, address("10.0.0.1"), 24, "");
        batch.new_address(100, address("fd00::1"), 64, "");
    });
    assert_eq!(both, line(expected));
}

#[test]
fn routes() {
    let expected = "
        2c000000 18000106 01000000 00000000 02000000 fe040001 00000000
        08000500 0a000001 08000400 64000000
        4c000000 18000106 02000000 00000000 0a400000 fe040001 00000000
        14000100 fd000002 00000000 00000000 00000000 14000500 fd000000 00000000 00000000 00000001
        08000400 64000000
        2c000000 18000106 03000000 00000000 02040000 fe04fd01 00000000
        08000100 e0000000 08000400 64000000";
    let all = batch(|batch| {
        batch.new_route(None, address("10.0.0.1"), 100, "");
        let to = (address("fd00:2::"), 64);
        batch.new_route(Some(to), address("fd00::1"), 100, "");
        batch.new_link_route((address("224.0.0.0"), 4), 100, "");
    });
    assert_eq!(all, line(expected));
}

#[test]
fn a_permanent_neighbour() {
    let expected = "
        30000000 1c000106 01000000 00000000 02000000 64000000 80000000
        08000100 0a000002 0a000200 026e7400 00020000";
    let mac = [2, 0x6e, 0x74, 0, 0, 2];
    let neighbour = batch(|batch| batch.new_neighbour(100, address("10.0.0.2"), mac, ""));
    assert_eq!(neighbour, line(expected));
}

/// Begin; table; chain; meta oif, cmp 101, masq fully-random; chain; socket, accept.
const TRANSLATES: &str = "
    14000000 10000100 01000000 00000000 0000000a
    20000000 000a0104 02000000 00000000 02000000 0c000100 6e732d74 65737400
    4c000000 030a0104 03000000 00000000 02000000 0c000100 6e732d74 65737400
    10000300 706f7374 726f7574 696e6700 14000480 08000100 00000004 08000200 00000064
    08000700 6e617400
    a0000000 060a010c 04000000 00000000 02000000 0c000100 6e732d74 65737400
    10000200 706f7374 726f7574 696e6700 70000480
    24000180 09000100 6d657461 00000000 14000280 08000100 00000001 08000200 00000005
    2c000180 08000100 636d7000 20000280 08000100 00000001 08000200 00000000
    0c000380 08000100 65000000
    1c000180 09000100 6d617371 00000000 0c000280 08000100 00000010
    4c000000 030a0104 05000000 00000000 02000000 0c000100 6e732d74 65737400
    0a000300 696e7075 74000000 14000480 08000100 00000001 08000200 00000000
    0b000700 66696c74 65720000
    84000000 060a010c 06000000 00000000 02000000 0c000100 6e732d74 65737400
    0a000200 696e7075 74000000 58000480
    24000180 0b000100 736f636b 65740000 14000280 08000100 00000000 08000200 00000001
    30000180 0e000100 696d6d65 64696174 65000000 1c000280 08000100 00000000
    10000280 0c000280 08000100 00000001";

/// Meta iif, cmp 101; meta l4proto, cmp its number; ct state, cmp new; drop.
const DROPS: &str = "
    4c010000 060a010c {number} 00000000 02000000 0c000100 6e732d74 65737400
    0a000200 696e7075 74000000 20010480
    24000180 09000100 6d657461 00000000 14000280 08000100 00000001 08000200 00000004
    2c000180 08000100 636d7000 20000280 08000100 00000001 08000200 00000000
    0c000380 08000100 65000000
    24000180 09000100 6d657461 00000000 14000280 08000100 00000001 08000200 00000010
    2c000180 08000100 636d7000 20000280 08000100 00000001 08000200 00000000
    0c000380 05000100 {protocol}
    20000180 07000100 63740000 14000280 08000100 00000001 08000200 00000000
    2c000180 08000100 636d7000 20000280 08000100 00000001 08000200 00000000
    0c000380 08000100 08000000
    30000180 0e000100 696d6d65 64696174 65000000 1c000280 08000100 00000000
    10000280 0c000280 08000100 00000000";

#[test]
fn a_router_that_masquerades() {
    let drops = |number, protocol| {
        let text = DROPS.replace("{number}", number);
        line(&text.replace("{protocol}", protocol))
    };
    let expected = [
        line(TRANSLATES),
        drops("07000000", "06000000"),
        drops("08000000", "11000000"),
        "14000000 11000100 09000000 00000000 0000000a".to_owned(),
    ];
    let all = hex(&masquerade(&[(101, true)], [true, false], ""));
    assert_eq!(all, expected.join(" "));
}

#[test]
fn a_long_batch_is_sent_in_parts_that_are_acknowledged() {
    const ACK: u8 = 4;
    let mut all = Batch::new();
    (0..10).for_each(|index| all.get_link(index, ""));
    let parts = all.parts(70);
    let lengths: Vec<usize> = parts.iter().map(|(part, _)| part.len()).collect();
    assert_eq!(lengths, [64; 5]);
    for (number, (part, last)) in (1..).zip(&parts) {
        assert_eq!(*last, 2 * number);
        // The flags of the first message, and of the second.
        assert_eq!([part[6] & ACK, part[32 + 6] & ACK], [0, ACK]);
    }
    // A message that is longer than a part gets its own part.
    assert_eq!(all.parts(1).len(), 10);
    assert_eq!(all.parts(usize::MAX).len(), 1);
}

#[test]
fn answers_to_queries_fit_into_the_receive_buffer() {
    let mut all = Batch::new();
    (0..40).for_each(|index| all.get_link(index, ""));
    let ends = all.parts(usize::MAX).into_iter().map(|(_, last)| last);
    assert_eq!(ends.collect::<Vec<_>>(), [16, 32, 40]);
}
