//! One table of literals for both parsers: the attribute's, at compile time, and the one at run
//! time. They are in two crates, which share no code.
//!
//! The attribute's parsers are included as source. The others are called as a user does: through a
//! variable, and through [`Sandbox`](ns_test::Sandbox).

#![expect(dead_code, reason = "the attribute's model has more than its literals")]

#[expect(unused_imports, reason = "its unit tests are of another target")]
#[path = "../../../macros/src/literal/mod.rs"]
mod literal;
#[path = "../../../macros/src/model.rs"]
mod model;

use std::process::ExitCode;
use std::time::Duration;

use libtest_mimic::Trial;
use ns_test::{Offset, Sandbox, Step};
use ns_test_suite::fixture::{self, Check};

fn main() -> ExitCode {
    fixture::main(ns_test::run, || {
        vec![
            Trial::test("durations", durations),
            Trial::test("offsets", offsets),
            Trial::test("sizes", sizes),
            Trial::test("host_names", host_names),
            Trial::test("sysctls", sysctls),
            Trial::test("targets", targets),
            Trial::test("become", becomes),
        ]
    })
}

const fn milliseconds(number: u64) -> Option<Duration> {
    Some(Duration::from_millis(number))
}

/// `timeout = ".."` and `NS_TEST_TIMEOUT`.
const DURATIONS: &[(&str, Option<Duration>)] = &[
    ("5s", milliseconds(5_000)),
    ("500ms", milliseconds(500)),
    ("1m30s", milliseconds(90_000)),
    ("1d12h", milliseconds(129_600_000)),
    ("1d1h1m1s1ms", milliseconds(90_061_001)),
    ("007s", milliseconds(7_000)),
    ("18446744073709551615ms", milliseconds(u64::MAX)),
    ("18446744073709551616ms", None),
    ("213503982335d", None),
    ("99999999999999999999s", None),
    ("", None),
    ("5", None),
    ("s", None),
    ("0s", None),
    ("0d0h", None),
    ("5 s", None),
    (" 5s", None),
    ("5s ", None),
    ("5S", None),
    ("5sec", None),
    ("5us", None),
    ("1.5s", None),
    ("-5s", None),
    ("+5s", None),
    ("30s1m", None),
    ("1s1s", None),
    ("1s500", None),
    ("٣s", None),
];

fn durations() -> Check {
    for (text, expected) in DURATIONS {
        let at_compile_time = literal::duration::duration(text).ok();
        let at_run_time = is_taken_as_timeout(text)?;
        same(text, &at_compile_time, expected)?;
        same(text, &at_run_time, &expected.is_some())?;
    }
    Ok(())
}

fn is_taken_as_timeout(text: &str) -> Result<bool, libtest_mimic::Failed> {
    let mut command = fixture::command(["--list"]);
    let output = command.env("NS_TEST_TIMEOUT", text).output()?;
    // An empty variable counts as unset.
    Ok(output.status.success() && !text.is_empty())
}

/// `time(uptime = "..")`, and the argument of the builder.
const OFFSETS: &[(&str, Option<Offset>)] = &[
    ("+1d", Some(Offset::forwards(Duration::from_secs(86_400)))),
    ("-90s", Some(Offset::backwards(Duration::from_secs(90)))),
    (
        "-500ms",
        Some(Offset::backwards(Duration::from_millis(500))),
    ),
    (
        "-1s500ms",
        Some(Offset::backwards(Duration::from_millis(1500))),
    ),
    ("+0s", Some(Offset::ZERO)),
    ("-0s", Some(Offset::ZERO)),
    (
        "+4611686018s",
        Some(Offset::forwards(Duration::from_secs(4_611_686_018))),
    ),
    ("+4611686019s", None),
    ("1d", None),
    ("", None),
    ("+", None),
    ("--1d", None),
    ("+1m1d", None),
];

fn offsets() -> Check {
    for (text, expected) in OFFSETS {
        let found = literal::duration::offset(text).ok();
        let found = found.map(|offset| (offset.seconds, offset.nanoseconds));
        let expected = expected.map(|offset| (offset.seconds, offset.nanoseconds));
        same(text, &found, &expected)?;
    }
    // The attribute's limit is the kernel's.
    for (seconds, is_taken) in [(4_611_686_018 - 86_400 * 365, true), (4_611_686_019, false)] {
        let offset = Offset::forwards(Duration::from_secs(seconds));
        let status = Sandbox::new().boottime(offset).command("true").status();
        same(&seconds.to_string(), &status.is_ok(), &is_taken)?;
    }
    Ok(())
}

/// `limit(memory = "..")` and the number in the builder.
const SIZES: &[(&str, Option<u64>)] = &[
    ("512", Some(512)),
    ("64KiB", Some(64 << 10)),
    ("16MiB", Some(16 << 20)),
    ("1GiB", Some(1 << 30)),
    ("1TiB", Some(1 << 40)),
    ("0", None),
    ("0MiB", None),
    ("1MB", None),
    ("1k", None),
    ("1.5GiB", None),
    ("16777216TiB", None),
    ("+1", None),
    ("", None),
];

fn sizes() -> Check {
    for (text, expected) in SIZES {
        same(text, &literal::size(text).ok(), expected)?;
    }
    Ok(())
}

const LONGEST: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const TOO_LONG: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// `uts(hostname = "..")` and `Sandbox::hostname`.
const HOST_NAMES: &[(&str, bool)] = &[
    ("db1", true),
    ("db-1.lab", true),
    ("1", true),
    (LONGEST, true),
    (TOO_LONG, false),
    ("", false),
    (".", false),
    ("a.", false),
    ("a..b", false),
    ("-a", false),
    ("a-", false),
    ("a-.b", false),
    ("a_b", false),
    ("a b", false),
    ("a\n", false),
    ("ä", false),
    ("a\0", false),
];

fn host_names() -> Check {
    for (text, is_taken) in HOST_NAMES {
        same(text, &literal::host_name(text).is_ok(), is_taken)?;
        let names: [fn(&str) -> Sandbox; 2] = [
            |name| Sandbox::new().hostname(name),
            |name| Sandbox::new().domainname(name),
        ];
        for name in names {
            same(text, &is_taken_by(&name(text)), is_taken)?;
        }
    }
    Ok(())
}

/// `net(sysctl("..", 1))` and `Sandbox::sysctl`.
const SYSCTLS: &[(&str, bool)] = &[
    ("ipv4.ip_forward", true),
    ("ipv4/ip_forward", true),
    ("ipv6/conf/eth0.1/disable_ipv6", true),
    ("ipv4", false),
    ("", false),
    (".ipv4", false),
    ("ipv4.", false),
    ("ipv4..ip_forward", false),
    ("ipv4/../ip_forward", false),
    ("../ipv4/ip_forward", false),
    ("net.ipv4.ip_forward", false),
    ("net/ipv4/ip_forward", false),
    ("kernel.hostname", false),
    ("vm.swappiness", false),
    ("ipv4.ip_forward\0", false),
];

fn sysctls() -> Check {
    for (text, is_taken) in SYSCTLS {
        same(text, &literal::path::sysctl(text).is_ok(), is_taken)?;
        let sandbox = Sandbox::new().sysctl(*text, 1);
        same(text, &is_taken_by(&sandbox), is_taken)?;
    }
    Ok(())
}

/// `mount(tmpfs = "..")` and `Sandbox::tmpfs`.
const TARGETS: &[(&str, bool)] = &[
    ("/run", true),
    ("/run/", true),
    ("/run//lock", true),
    ("/run/./lock", true),
    ("/run/..hidden", true),
    ("run", false),
    ("./run", false),
    ("", false),
    ("/run/../etc", false),
    ("/..", false),
    ("/run\0", false),
];

fn targets() -> Check {
    for (text, is_taken) in TARGETS {
        same(text, &literal::path::target(text).is_ok(), is_taken)?;
        let all: [fn(&str) -> Sandbox; 4] = [
            |target| Sandbox::new().tmpfs(target),
            |target| Sandbox::new().bind("/etc", target),
            |target| Sandbox::new().ro(target),
            |target| Sandbox::new().overlay(target),
        ];
        for ask in all {
            same(text, &is_taken_by(&ask(text)), is_taken)?;
        }
    }
    Ok(())
}

/// `user(ids = "..", become = N)` and `Sandbox::user_become`.
const BECOME: &[(&str, u32, bool)] = &[
    ("0:100000:10", 0, true),
    ("0:100000:10", 9, true),
    ("0:100000:10", 10, false),
    ("5:100000:10", 4, false),
    ("5:100000:10", 14, true),
    ("0:caller:1,1:100000:5", 5, true),
    ("0:caller:1,1:100000:5", 6, false),
];

fn becomes() -> Check {
    for (ids, id, is_taken) in BECOME {
        let ranges = literal::ids::ranges(ids)?;
        let at_compile_time = ranges.iter().any(|range| range.has(*id));
        let sandbox = ranges
            .iter()
            .fold(Sandbox::new(), |sandbox, range| match range.outer {
                Some(outer) => sandbox.user_range(range.inner, outer, range.count),
                None => sandbox.user_caller(range.inner),
            });
        let text = format!("{ids} {id}");
        same(&text, &at_compile_time, is_taken)?;
        same(&text, &is_taken_by(&sandbox.user_become(*id)), is_taken)?;
    }
    Ok(())
}

/// Returns whether the builder accepts the request. It rejects an invalid one before it creates the
/// sandbox. Refusals by the machine come later.
fn is_taken_by(sandbox: &Sandbox) -> bool {
    let status = sandbox.command("true").status();
    status.map_or_else(|error| error.step() != Step::Prepare, |_| true)
}

fn same<T: PartialEq + std::fmt::Debug>(text: &str, found: &T, expected: &T) -> Check {
    match found == expected {
        true => Ok(()),
        false => Err(format!("{text:?}: {found:?}, and not {expected:?}").into()),
    }
}
