//! Address translation: `nf_tables`, with the messages of `nft(8)`.

use super::batch::{APPEND, Batch, CREATE};

const BEGIN: u16 = 0x10;
const END: u16 = 0x11;
/// `NFNL_SUBSYS_NFTABLES`, and of its messages `NEWTABLE`, `NEWCHAIN`, `NEWRULE`.
const SUBSYSTEM: u8 = 10;
const NEW_TABLE: u8 = 0;
const NEW_CHAIN: u8 = 3;
const NEW_RULE: u8 = 6;

/// `NFPROTO_IPV4`, `NFPROTO_IPV6`.
const FAMILIES: [u8; 2] = [2, 10];
const TABLE: &str = "ns-test";
const OUT: &str = "postrouting";
const IN: &str = "input";

/// The register that holds a value until it is compared.
const REGISTER: [u8; 4] = 1_u32.to_be_bytes();

/// Adds one transaction that translates the source address of all packets that leave by one of
/// these interfaces, in the given families. An interface's flag is true if each connection through
/// it gets a random port.
///
/// The chain `input` keeps the ports of the translation free. Without it, an unrequested packet
/// from outside occupies its pair of ports in the kernel's table of connections, and the answer
/// from inside gets another port.
///
/// ```text
/// table ip ns-test {
///     chain postrouting {
///         type nat hook postrouting priority srcnat
///         oif 101 masquerade [fully-random]
///     }
///     chain input {
///         type filter hook input priority filter
///         socket exists accept
///         iif 101 ct state new meta l4proto { tcp, udp } drop
///     }
/// }
/// ```
pub(in crate::network) fn masquerade(
    interfaces: &[(u32, bool)],
    families: [bool; 2],
    about: &str,
) -> Batch {
    let mut batch = Batch::new();
    batch.begin(BEGIN, 0, about).raw(&[0, 0, 0, SUBSYSTEM]);
    for (at, family) in FAMILIES.into_iter().enumerate() {
        if !families[at] {
            continue;
        }
        let mut table = Table {
            batch: &mut batch,
            family,
            about,
        };
        table.create();
        table.translate(interfaces);
        table.refuse_unrequested(interfaces);
    }
    batch.begin_end(END, about).raw(&[0, 0, 0, SUBSYSTEM]);
    batch
}

/// The table of one family.
struct Table<'b> {
    batch: &'b mut Batch,
    family: u8,
    about: &'b str,
}

impl Table<'_> {
    fn create(&mut self) {
        self.begin(NEW_TABLE, CREATE).text(1, TABLE);
    }

    fn translate(&mut self, interfaces: &[(u32, bool)]) {
        /// `NF_INET_POST_ROUTING`, `NF_IP_PRI_NAT_SRC`.
        const HOOK: (u32, u32) = (4, 100);
        self.chain(OUT, "nat", HOOK);
        for (interface, random_ports) in interfaces {
            self.rule(OUT, |rule| {
                is_equal(rule, OUTPUT_INTERFACE, &interface.to_ne_bytes());
                translate_source(rule, *random_ports);
            });
        }
    }

    fn refuse_unrequested(&mut self, interfaces: &[(u32, bool)]) {
        /// `NF_INET_LOCAL_IN`, `NF_IP_PRI_FILTER`.
        const HOOK: (u32, u32) = (1, 0);
        const ACCEPT: u32 = 1;
        const DROP: u32 = 0;
        const TCP: u8 = 6;
        const UDP: u8 = 17;
        self.chain(IN, "filter", HOOK);
        self.rule(IN, |rule| {
            has_socket(rule);
            verdict(rule, ACCEPT);
        });
        for (interface, _) in interfaces {
            for protocol in [TCP, UDP] {
                self.rule(IN, |rule| {
                    is_equal(rule, INPUT_INTERFACE, &interface.to_ne_bytes());
                    is_equal(rule, PROTOCOL, &[protocol]);
                    is_new(rule);
                    verdict(rule, DROP);
                });
            }
        }
    }

    /// Adds a chain: `NFTA_CHAIN_TABLE`, `_NAME`, `_HOOK` with its number and priority, `_TYPE`.
    fn chain(&mut self, name: &str, kind: &str, (hook, priority): (u32, u32)) {
        let message = self.begin(NEW_CHAIN, CREATE);
        message.text(1, TABLE).text(3, name).nest(4, |nest| {
            nest.attribute(1, &hook.to_be_bytes())
                .attribute(2, &priority.to_be_bytes());
        });
        message.text(7, kind);
    }

    /// Adds a rule: `NFTA_RULE_TABLE`, `_CHAIN`, `_EXPRESSIONS`.
    fn rule(&mut self, chain: &str, expressions: impl FnOnce(&mut Batch)) {
        let message = self.begin(NEW_RULE, CREATE | APPEND);
        message.text(1, TABLE).text(2, chain).nest(4, expressions);
    }

    fn begin(&mut self, kind: u8, flags: u16) -> &mut Batch {
        let kind = u16::from_be_bytes([SUBSYSTEM, kind]);
        let message = self.batch.begin(kind, flags, self.about);
        message.raw(&[self.family, 0, 0, 0])
    }
}

/// Keys of the expression `meta`: `NFT_META_IIF`, `NFT_META_OIF`, `NFT_META_L4PROTO`.
const INPUT_INTERFACE: u32 = 4;
const OUTPUT_INTERFACE: u32 = 5;
const PROTOCOL: u32 = 16;

/// Ends the rule unless this property of the packet has this value.
fn is_equal(rule: &mut Batch, key: u32, value: &[u8]) {
    expression(rule, "meta", |meta| {
        meta.attribute(1, &REGISTER)
            .attribute(2, &key.to_be_bytes());
    });
    compare(rule, value);
}

/// Ends the rule unless the packet begins a connection.
fn is_new(rule: &mut Batch) {
    /// `NFT_CT_STATE`, and the bit of `IP_CT_NEW`.
    const STATE: u32 = 0;
    const NEW: u32 = 8;
    expression(rule, "ct", |ct| {
        ct.attribute(1, &REGISTER)
            .attribute(2, &STATE.to_be_bytes());
    });
    compare(rule, &NEW.to_ne_bytes());
}

/// Ends the rule unless a socket of this host receives the packet.
fn has_socket(rule: &mut Batch) {
    /// Any key does. `NFT_SOCKET_TRANSPARENT` is the oldest one.
    const KEY: u32 = 0;
    expression(rule, "socket", |socket| {
        socket
            .attribute(1, &KEY.to_be_bytes())
            .attribute(2, &REGISTER);
    });
}

/// Ends the rule unless the register has this value.
fn compare(rule: &mut Batch, value: &[u8]) {
    /// `NFT_CMP_EQ`.
    const EQUAL: u32 = 0;
    expression(rule, "cmp", |compare| {
        compare
            .attribute(1, &REGISTER)
            .attribute(2, &EQUAL.to_be_bytes());
        compare.nest(3, |data| {
            data.attribute(1, value);
        });
    });
}

fn translate_source(rule: &mut Batch, random_ports: bool) {
    /// `NF_NAT_RANGE_PROTO_RANDOM_FULLY`.
    const FULLY_RANDOM: u32 = 16;
    expression(rule, "masq", |masquerade| {
        if random_ports {
            masquerade.attribute(1, &FULLY_RANDOM.to_be_bytes());
        }
    });
}

/// Ends the rule with a verdict: `NFTA_IMMEDIATE_DREG` with `NFT_REG_VERDICT`, and
/// `NFTA_IMMEDIATE_DATA` with the verdict's code.
fn verdict(rule: &mut Batch, code: u32) {
    expression(rule, "immediate", |immediate| {
        immediate.attribute(1, &0_u32.to_be_bytes());
        immediate.nest(2, |data| {
            data.nest(2, |verdict| {
                verdict.attribute(1, &code.to_be_bytes());
            });
        });
    });
}

/// Adds an expression: `NFTA_LIST_ELEM` with `NFTA_EXPR_NAME` and `NFTA_EXPR_DATA`.
fn expression(rule: &mut Batch, name: &str, data: impl FnOnce(&mut Batch)) {
    rule.nest(1, |element| {
        element.text(1, name).nest(2, data);
    });
}
