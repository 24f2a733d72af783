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
const CHAIN: &str = "postrouting";

/// Adds one transaction that masquerades all packets that leave by one of these interfaces, in the
/// given families.
///
/// ```text
/// table ip ns-test { chain postrouting { type nat hook postrouting priority srcnat; oif 101 masquerade } }
/// ```
pub(in crate::network) fn masquerade(
    interfaces: &[u32],
    families: [bool; 2],
    about: &str,
) -> Batch {
    let mut batch = Batch::new();
    let wanted = FAMILIES
        .into_iter()
        .zip(families)
        .filter(|(_, wanted)| *wanted);
    batch.begin(BEGIN, 0, about).raw(&[0, 0, 0, SUBSYSTEM]);
    for (family, _) in wanted {
        begin(&mut batch, NEW_TABLE, family, CREATE, about).text(1, TABLE);
        chain(&mut batch, family, about);
        for interface in interfaces {
            rule(&mut batch, family, *interface, about);
        }
    }
    batch.begin(END, 0, about).raw(&[0, 0, 0, SUBSYSTEM]);
    batch
}

fn begin<'b>(batch: &'b mut Batch, kind: u8, family: u8, flags: u16, about: &str) -> &'b mut Batch {
    let kind = u16::from_be_bytes([SUBSYSTEM, kind]);
    batch.begin(kind, flags, about).raw(&[family, 0, 0, 0])
}

/// `NFTA_CHAIN_TABLE`, `_NAME`, `_HOOK` with its number and priority, `_TYPE`.
fn chain(batch: &mut Batch, family: u8, about: &str) {
    /// `NF_INET_POST_ROUTING`, `NF_IP_PRI_NAT_SRC`.
    const HOOK: u32 = 4;
    const PRIORITY: u32 = 100;
    let message = begin(batch, NEW_CHAIN, family, CREATE, about);
    message.text(1, TABLE).text(3, CHAIN).nest(4, |hook| {
        hook.attribute(1, &HOOK.to_be_bytes())
            .attribute(2, &PRIORITY.to_be_bytes());
    });
    message.text(7, "nat");
}

/// `NFTA_RULE_TABLE`, `_CHAIN`, `_EXPRESSIONS`.
fn rule(batch: &mut Batch, family: u8, interface: u32, about: &str) {
    let message = begin(batch, NEW_RULE, family, CREATE | APPEND, about);
    message
        .text(1, TABLE)
        .text(2, CHAIN)
        .nest(4, |expressions| {
            leaves_by(expressions, interface);
            expression(expressions, "masq", |_| {});
        });
}

/// Loads the index of the outgoing interface, and compares it.
fn leaves_by(batch: &mut Batch, interface: u32) {
    /// `NFT_META_OIF`, into register 1; `NFT_CMP_EQ`.
    const OUTPUT_INTERFACE: u32 = 5;
    const REGISTER: u32 = 1;
    const EQUAL: u32 = 0;
    expression(batch, "meta", |meta| {
        meta.attribute(1, &REGISTER.to_be_bytes());
        meta.attribute(2, &OUTPUT_INTERFACE.to_be_bytes());
    });
    expression(batch, "cmp", |compare| {
        compare.attribute(1, &REGISTER.to_be_bytes());
        compare.attribute(2, &EQUAL.to_be_bytes());
        compare.nest(3, |data| {
            data.attribute(1, &interface.to_ne_bytes());
        });
    });
}

/// `NFTA_LIST_ELEM` with `NFTA_EXPR_NAME` and `NFTA_EXPR_DATA`.
fn expression(batch: &mut Batch, name: &str, data: impl FnOnce(&mut Batch)) {
    batch.nest(1, |element| {
        element.text(1, name).nest(2, data);
    });
}
