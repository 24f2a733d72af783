//! netem on the loopback interface: `tc-netem(8)`. Its packets take one way, and no neighbour
//! discovery is among them.

use std::env;
use std::io;
use std::process::Command;

use ns_test_suite::raw;

/// The variable that the guest of `tests/kernels/run` sets.
const GUEST: &str = "NS_TEST_SUITE_KERNEL";

/// The emulator of the test's own network namespace, which has no other qdisc on `lo`.
#[derive(Debug)]
pub(crate) struct Emulator(());

/// The packets that the emulator has handled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counts {
    pub(crate) sent: u64,
    pub(crate) dropped: u64,
    /// The packets in its queue.
    pub(crate) waiting: u64,
}

impl Emulator {
    /// Starts it with options of `tc-netem(8)`. Skips the test where the kernel has no netem.
    pub(crate) fn start(options: &str) -> Self {
        let words = "qdisc add dev lo root netem limit 1000".split(' ');
        let output = Command::new("tc")
            .args(words.chain(options.split_whitespace()))
            .output()
            .expect("tc runs: iproute2 is installed");
        if !output.status.success() {
            let error = String::from_utf8_lossy(&output.stderr);
            needs_netem(error.contains("Specified qdisc kind is unknown"), &error);
        }
        Self(())
    }

    /// Starts it with a loss of this share of the packets, by this seed: since Linux 6.7. Options
    /// are attributes of `linux/pkt_sched.h`; Debian's `tc` does not know this one.
    pub(crate) fn start_seeded(loss: f64, seed: u64) -> Self {
        let answer = raw::route_request(&seeded_loss(loss, seed));
        if let Err(error) = answer {
            needs_netem(error.kind() == io::ErrorKind::NotFound, &error.to_string());
        }
        Self(())
    }

    pub(crate) fn counts(&self) -> Counts {
        let output = Command::new("tc")
            .args(["-s", "qdisc", "show", "dev", "lo"])
            .output()
            .expect("tc runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let after = |before: &str| {
            let rest = text.split_once(before).map(|(_, rest)| rest);
            let number = rest.and_then(|rest| {
                let digits = rest
                    .trim_start()
                    .split(|letter: char| !letter.is_ascii_digit());
                digits.into_iter().next()?.parse().ok()
            });
            number.unwrap_or_else(|| panic!("no number after `{before}` in {text}"))
        };
        Counts {
            sent: after("bytes "),
            dropped: after("dropped "),
            waiting: backlog(&text),
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let words = ["qdisc", "del", "dev", "lo", "root"];
        let _ = Command::new("tc").args(words).output();
    }
}

/// Returns the number in `backlog 0b 7p`.
fn backlog(text: &str) -> u64 {
    let words = text.split_once("backlog ").map(|(_, rest)| rest);
    let packets = words.and_then(|rest| rest.split_whitespace().nth(1)?.strip_suffix('p'));
    let number = packets.and_then(|number| number.parse().ok());
    number.unwrap_or_else(|| panic!("no backlog in {text}"))
}

/// Skips the test if netem is missing, except in the guest, whose kernels have it.
fn needs_netem(is_missing: bool, error: &str) -> ! {
    if is_missing && env::var_os(GUEST).is_none() {
        ns_test::skip!("this kernel has no netem (CONFIG_NET_SCH_NETEM)");
    }
    panic!("netem: {error}")
}

/// Returns a message that adds netem to `lo`, whose index is 1 in every network namespace.
fn seeded_loss(loss: f64, seed: u64) -> Vec<u8> {
    const RTM_NEWQDISC: u16 = 36;
    const REQUEST_ACK_CREATE_EXCL: u16 = 1 | 4 | 0x400 | 0x200;
    const TC_H_ROOT: u32 = u32::MAX;
    const TCA_KIND: u16 = 1;
    const TCA_OPTIONS: u16 = 2;
    const TCA_NETEM_PRNG_SEED: u16 = 14;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share is from 0 to 1"
    )]
    let share = (loss * f64::from(u32::MAX)).round() as u32;
    // struct tc_netem_qopt: latency, limit, loss, gap, duplicate, jitter.
    let numbers = [0, 1000, share, 0, 0, 0_u32];
    let mut options: Vec<u8> = numbers
        .iter()
        .flat_map(|number| number.to_ne_bytes())
        .collect();
    options.extend(attribute(TCA_NETEM_PRNG_SEED, &seed.to_ne_bytes()));
    // struct tcmsg: family, interface, handle, parent, info.
    let tcmsg = [0, 1, 0, TC_H_ROOT, 0_u32];
    let mut body: Vec<u8> = tcmsg
        .iter()
        .flat_map(|number| number.to_ne_bytes())
        .collect();
    body.extend(attribute(TCA_KIND, b"netem\0"));
    body.extend(attribute(TCA_OPTIONS, &options));
    let length = u32::try_from(16 + body.len()).expect("it is short");
    let mut message = length.to_ne_bytes().to_vec();
    message.extend(RTM_NEWQDISC.to_ne_bytes());
    message.extend(REQUEST_ACK_CREATE_EXCL.to_ne_bytes());
    message.extend([0; 8]);
    message.extend(body);
    message
}

/// Returns an attribute: length, type, value, and padding to four bytes.
fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 + value.len()).expect("it is short");
    let mut bytes = length.to_ne_bytes().to_vec();
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(value);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}
