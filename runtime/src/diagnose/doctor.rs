//! The table behind `NS_TEST_DOCTOR=1`: each requirement that a test can have, tried separately.

use std::fs;
use std::path::Path;

use crate::error::{SetupError, Shown};
use crate::request::namespace::Namespace;
use crate::request::spec::{Ids, Spec, User};
use crate::sandbox::host::HostFacts;
use crate::sandbox::spawn::ask;
use crate::sys::{Errno, fd, seccomp};

use super::attempt::attempt;
use super::prepared_directories;
use super::probe::Probe;
use super::refusal::Refusal;
use super::requirement::Requirement;

/// A line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) answer: Answer,
}

/// The machine's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Yes,
    /// A number, or another remark.
    Note(String),
    /// This requirement fails, because of the refusal with this number.
    Refused(Requirement, usize),
    No {
        why: String,
        remedy: Option<String>,
    },
}

/// Tries everything.
pub(crate) fn examine() -> (Vec<Row>, Vec<Refusal>) {
    let mut probe = Probe::new();
    let mut rows = Vec::new();
    for namespace in Namespace::ALL {
        let requirement = Requirement::of_namespace(namespace);
        rows.push(of_requirement(
            &mut probe,
            (requirement, namespace.option()),
        ));
    }
    for part in PARTS {
        rows.push(of_requirement(&mut probe, part));
    }
    let facts = HostFacts::gather();
    rows.push(ids(&facts));
    rows.extend(prepared(&facts));
    rows.extend(calls());
    rows.extend([cgroup(&facts), tun(), ipv6()]);
    rows.extend(limits());
    (rows, probe.refusals)
}

/// The parts of a namespace that a machine may refuse separately.
const PARTS: [(Requirement, &str); 6] = [
    (Requirement::Overlay, "mount(overlay = ..)"),
    (Requirement::Proc, "pid, with its own /proc"),
    (Requirement::Sys, "net, with its own /sys"),
    (Requirement::Veth, "networks of hosts: veth"),
    (
        Requirement::PacketSockets,
        "networks of hosts: packet sockets",
    ),
    (Requirement::HostName, "uts, with a host name"),
];

fn row(name: impl Into<String>, answer: Answer) -> Row {
    Row {
        name: name.into(),
        answer,
    }
}

fn of_requirement(probe: &mut Probe, (requirement, name): (Requirement, &str)) -> Row {
    let answer = match probe.answer(requirement, false) {
        Some((requirement, number)) => Answer::Refused(requirement, number),
        None => probe.failure(requirement, false).map_or(Answer::Yes, no),
    };
    row(name, answer)
}

fn no(error: &SetupError) -> Answer {
    Answer::No {
        why: error.to_string(),
        remedy: None,
    }
}

fn tried(name: &str, spec: &Spec, facts: &HostFacts) -> Row {
    let answer = attempt(spec, facts).map_or_else(|error| no(&error), |()| Answer::Yes);
    row(name, answer)
}

fn ids(facts: &HostFacts) -> Row {
    let user = User::Namespace {
        ids: Ids::Auto,
        r#become: None,
        caps: true,
    };
    let spec = Spec {
        user: Some(user),
        ..Spec::NOTHING
    };
    tried("user(ids = \"auto\")", &spec, facts)
}

fn prepared(facts: &HostFacts) -> Vec<Row> {
    const NAME: &str = "mount(prepared(..))";
    let abilities = match prepared_directories::examine(facts) {
        Ok(abilities) => abilities,
        Err(error) => return vec![row(NAME, no(&error))],
    };
    let answer = |tried: Result<(), SetupError>, instead: &str| match tried {
        Ok(()) => Answer::Yes,
        Err(error) => Answer::Note(format!("no, {instead} ({error})")),
    };
    let volatile = match (abilities.is_volatile, &abilities.on_disk) {
        (true, _) => Answer::Yes,
        (false, Ok(())) => Answer::Note("no, fsync(2) in a test waits for the disk".to_owned()),
        (false, Err(_)) => {
            Answer::Note("not tried, because changes on disk are refused".to_owned())
        }
    };
    let clones = if abilities.clones {
        Answer::Yes
    } else {
        Answer::Note("no, opening a file for writing copies the whole file".to_owned())
    };
    vec![
        row(NAME, yes_in(&abilities.store)),
        row(
            "  removes directories",
            answer(
                abilities.removes,
                "changes go to disk, or each test gets a copy",
            ),
        ),
        row(
            "  changes on disk",
            answer(
                abilities.on_disk,
                "changes go to memory, or each test gets a copy",
            ),
        ),
        row("  volatile", volatile),
        row("  clones files", clones),
    ]
}

fn yes_in(directory: &Path) -> Answer {
    Answer::Note(format!("yes, in {}", Shown::new(directory)))
}

fn calls() -> [Row; 2] {
    let has = |question: fn() -> bool| ask(|| u8::from(question())) == Some(1);
    let answer = |is_there: bool, instead: &str| {
        if is_there {
            Answer::Yes
        } else {
            Answer::Note(format!("no, {instead}"))
        }
    };
    [
        row(
            "clone3(2)",
            answer(has(seccomp::has_clone3), "clone(2) is used instead"),
        ),
        row(
            "mount_setattr(2)",
            answer(
                has(seccomp::has_mount_setattr),
                "`ro` applies to one mount, but not to those below it",
            ),
        ),
    ]
}

fn cgroup(facts: &HostFacts) -> Row {
    let answer = match facts.delegation() {
        Ok(Some(delegation)) => yes_in(&delegation.directory),
        Ok(None) => Answer::No {
            why: "no cgroup is delegated: `limit` applies to each process, not to all of them together".to_owned(),
            remedy: Some("systemd-run --user --scope -p Delegate=yes cargo test, or set NS_TEST_CGROUP to the path of a cgroup that you may write to".to_owned()),
        },
        Err(error) => no(&error),
    };
    row("a cgroup for each test", answer)
}

fn tun() -> Row {
    let answer = match fd::open(c"/dev/net/tun", fd::READ_WRITE) {
        Ok(_) => Answer::Yes,
        Err(errno) => Answer::No {
            why: format!("open(/dev/net/tun): {errno}"),
            remedy: match errno {
                Errno::ACCES => Some("sudo chmod 0666 /dev/net/tun".to_owned()),
                Errno::NOENT | Errno::NODEV => Some("sudo modprobe tun".to_owned()),
                _ => None,
            },
        },
    };
    row("tun", answer)
}

fn ipv6() -> Row {
    let answer = if fs::exists("/proc/self/net/if_inet6").unwrap_or(false) {
        Answer::Yes
    } else {
        Answer::No {
            why: "/proc/self/net/if_inet6 is missing: `net` has only 127.0.0.1".to_owned(),
            remedy: Some("use a kernel with CONFIG_IPV6, without ipv6.disable=1".to_owned()),
        }
    };
    row("IPv6", answer)
}

fn limits() -> Vec<Row> {
    let mut rows = Vec::new();
    for namespace in Namespace::ALL {
        let name = namespace.limit();
        let value = fs::read_to_string(namespace.limit_file());
        let answer = match value {
            Ok(value) if value.trim() == "0" => Answer::No {
                why: "0".to_owned(),
                remedy: Some(format!("sudo sysctl -w {name}=15000")),
            },
            Ok(value) => Answer::Note(value.trim().to_owned()),
            Err(error) => Answer::No {
                why: error.to_string(),
                remedy: None,
            },
        };
        rows.push(row(name, answer));
    }
    rows
}
