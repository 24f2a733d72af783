//! What this machine refuses, and why: children take the real steps into a sandbox, and then exit.
//!
//! The first failed step and its errno are the key. If several causes share a key, the machine's
//! evidence decides. If it does not, the diagnosis names all of them.

use std::cell::OnceCell;
use std::thread;
use std::time::Duration;

use crate::error::{Errno, SetupError};
use crate::request::Sandbox;
use crate::request::spec::Spec;
use crate::sandbox::host::HostFacts;

use super::attempt::{attempt, attempt_and};
use super::diagnosis::diagnose;
use super::evidence::Evidence;
use super::key::Key;
use super::refusal::Refusal;
use super::requirement::{Requirement, Requirements};

/// Checks whether this machine can make the sandbox of bare `#[ns_test]`: every namespace but
/// `time`.
///
/// It makes such a sandbox and ends it at once, which takes a few milliseconds. Any program may
/// call it, even one with threads.
///
/// # Errors
/// The first [`Refusal`]: cause, evidence and remedy.
///
/// ```no_run
/// if let Err(refusal) = ns_test::probe() {
///     eprintln!("{refusal}");
/// }
/// ```
pub fn probe() -> Result<(), Refusal> {
    of_spec(&Spec::HERMETIC)
}

impl Sandbox {
    /// Checks whether this machine can make the namespaces of this sandbox, and those that its
    /// options enable. It does not check paths, ids and limits.
    ///
    /// # Errors
    /// The first [`Refusal`].
    pub fn probe(&self) -> Result<(), Refusal> {
        of_spec(&self.spec)
    }
}

/// Probes what networks of hosts need: pairs of veth, and packet sockets.
pub(crate) fn of_networks() -> Result<(), Refusal> {
    let both = Requirements::none(false)
        .with(Requirement::Veth)
        .with(Requirement::PacketSockets);
    of_requirements(&mut Probe::new(), &both)
}

/// Probes any sandbox.
fn of_spec(spec: &Spec) -> Result<(), Refusal> {
    let mut probe = Probe::new();
    let requirements = probe.requirements(spec);
    of_requirements(&mut probe, &requirements)
}

fn of_requirements(probe: &mut Probe, requirements: &Requirements) -> Result<(), Refusal> {
    probe
        .refusal(requirements)
        .map_or(Ok(()), |(_, refusal)| Err(refusal.clone()))
}

/// The first refused requirement, and the refusal's number.
type Found = Option<(Requirement, usize)>;

/// The results so far on this machine: nothing is tried twice.
#[derive(Debug)]
pub(crate) struct Probe {
    facts: HostFacts,
    evidence: OnceCell<Evidence>,
    answers: Vec<((bool, Requirement), Found)>,
    /// Failures for another reason: a missing path or resource.
    failures: Vec<((bool, Requirement), SetupError)>,
    pub(super) refusals: Vec<Refusal>,
}

impl Probe {
    pub(crate) fn new() -> Self {
        Self {
            facts: HostFacts::gather(),
            evidence: OnceCell::new(),
            answers: Vec::new(),
            failures: Vec::new(),
            refusals: Vec::new(),
        }
    }

    /// Returns what such a sandbox needs of this machine.
    pub(crate) fn requirements(&self, spec: &Spec) -> Requirements {
        Requirements::of(spec, &self.facts)
    }

    /// Tries all of them together, with only one child if all succeed.
    pub(crate) fn try_together<'n>(&mut self, all: impl Iterator<Item = &'n Requirements>) {
        let (mut fenced, mut host) = (Requirements::none(false), Requirements::none(true));
        for requirements in all {
            let whole = if requirements.host {
                &mut host
            } else {
                &mut fenced
            };
            for requirement in &requirements.all {
                whole.add(*requirement);
            }
        }
        for whole in [fenced, host] {
            if !whole.all.is_empty() && attempt(&whole.spec(), &self.facts).is_ok() {
                let known = whole
                    .all
                    .iter()
                    .map(|requirement| ((whole.host, *requirement), None));
                self.answers.extend(known);
            }
        }
    }

    /// Returns the first refusal that concerns these requirements, and the requirement that it
    /// concerns.
    pub(crate) fn refusal(
        &mut self,
        requirements: &Requirements,
    ) -> Option<(Requirement, &Refusal)> {
        let (requirement, found) = Requirement::ALL
            .into_iter()
            .filter(|requirement| requirements.all.contains(requirement))
            .find_map(|requirement| self.answer(requirement, requirements.host))?;
        Some((requirement, self.refusals.get(found)?))
    }

    /// Returns all refusals, in the order of the requirements.
    pub(crate) fn refusals(&self) -> Vec<&Refusal> {
        let mut all: Vec<&Refusal> = self.refusals.iter().collect();
        all.sort_by_key(|refusal| &refusal.what);
        all
    }

    pub(super) fn answer(&mut self, requirement: Requirement, host: bool) -> Found {
        if let Some(known) = find(&self.answers, (host, requirement)) {
            return *known;
        }
        let rests_on = requirement
            .rests_on()
            .iter()
            .filter(|base| !host || **base != Requirement::User);
        let inherited = rests_on.copied().find_map(|base| self.answer(base, host));
        let answer = inherited.or_else(|| Some((requirement, self.try_alone(requirement, host)?)));
        self.answers.push(((host, requirement), answer));
        answer
    }

    /// Returns why a requirement that the machine does not refuse still fails, if it does.
    pub(super) fn failure(&self, requirement: Requirement, host: bool) -> Option<&SetupError> {
        find(&self.failures, (host, requirement))
    }

    fn try_alone(&mut self, requirement: Requirement, host: bool) -> Option<usize> {
        // Mounts protect the host from real root. This attempt is not about mounts.
        let real_root = self.facts.real_root
            && !matches!(
                requirement,
                Requirement::User
                    | Requirement::Pid
                    | Requirement::Net
                    | Requirement::Veth
                    | Requirement::PacketSockets
            );
        let facts = self.facts.with_real_root(real_root);
        let spec = Requirements::none(host).with(requirement).spec();
        let Err(error) = self.try_patiently(requirement, &spec, &facts) else {
            return None;
        };
        if is_passing(error.errno()) || !error.is_refusal() {
            self.failures.push(((host, requirement), error));
            return None;
        }
        let key = Key {
            requirement,
            host,
            error: &error,
        };
        let suspects = diagnose(key, self.evidence());
        Some(self.keep(Refusal {
            what: vec![requirement],
            error: Box::new(error),
            suspects,
        }))
    }

    /// Retries while a limit is full. The kernel decrements the count of namespaces some time after
    /// a namespace's last process has exited. So a limit above 0 may be full only for a moment.
    fn try_patiently(
        &self,
        requirement: Requirement,
        spec: &Spec,
        facts: &HostFacts,
    ) -> Result<(), SetupError> {
        const TRIES: u32 = 20;
        const PAUSE: Duration = Duration::from_millis(50);
        let attempt = || attempt_and(spec, facts, requirement.attempt());
        let mut outcome = attempt();
        for _ in 1..TRIES {
            match &outcome {
                Err(error) if error.errno() == Errno::NOSPC => {}
                _ => break,
            }
            if self.evidence().limit(requirement) == Some(0) {
                break;
            }
            thread::sleep(PAUSE);
            outcome = attempt();
        }
        outcome
    }

    fn evidence(&self) -> &Evidence {
        self.evidence.get_or_init(|| Evidence::read(&self.facts))
    }

    /// Merges refusals with the same cause and remedy into one.
    fn keep(&mut self, new: Refusal) -> usize {
        let same = |old: &Refusal| !new.suspects.is_empty() && old.suspects == new.suspects;
        if let Some(at) = self.refusals.iter().position(same) {
            let what = &mut self.refusals[at].what;
            what.extend(new.what);
            what.sort_unstable();
            return at;
        }
        self.refusals.push(new);
        self.refusals.len() - 1
    }
}

fn find<T>(known: &[((bool, Requirement), T)], wanted: (bool, Requirement)) -> Option<&T> {
    let mut known = known.iter();
    known.find_map(|(key, value)| (*key == wanted).then_some(value))
}

/// Returns whether the kernel lacks a resource for the moment, which proves nothing about
/// namespaces.
fn is_passing(errno: Errno) -> bool {
    [Errno::AGAIN, Errno::NOMEM, Errno::CHILD].contains(&errno)
}
