//! What this machine refuses, and why: the real steps into a sandbox, taken by children that are thrown away.
//!
//! The first step that fails, with its errno, is the key; where several causes share one, what the machine shows of itself
//! decides, and where that does not, all of them are named.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use crate::error::{Errno, SetupError};
use crate::request::Sandbox;
use crate::request::spec::Spec;
use crate::sandbox::host::Place;

use super::attempt::attempt;
use super::diagnosis::diagnose;
use super::evidence::Evidence;
use super::key::Key;
use super::refusal::Refusal;
use super::requirement::{Need, Needs};

/// Whether this machine can make what bare `#[ns_test]` asks for: every namespace but `time`.
///
/// It makes such a sandbox, and ends it at once: a few milliseconds. Any program may ask, one with threads too.
///
/// # Errors
/// The first [`Refusal`]: cause, evidence and cure.
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
    /// Whether this machine can make the namespaces that this sandbox asks for, with what the words bring. Paths, ids and limits
    /// are not looked at.
    ///
    /// # Errors
    /// The first [`Refusal`].
    pub fn probe(&self) -> Result<(), Refusal> {
        of_spec(&self.spec)
    }
}

/// The same, of any sandbox.
fn of_spec(spec: &Spec) -> Result<(), Refusal> {
    let mut probe = Probe::new();
    let needs = probe.needs(spec);
    probe
        .refusal(&needs)
        .map_or(Ok(()), |(_, refusal)| Err(refusal.clone()))
}

/// What was refused first on the way to a need, and the refusal's number.
type Found = Option<(Need, usize)>;

/// What is known of this machine so far: nothing is tried twice.
#[derive(Debug)]
pub(crate) struct Probe {
    place: Place,
    evidence: OnceCell<Evidence>,
    answers: BTreeMap<(bool, Need), Found>,
    pub(super) refusals: Vec<Refusal>,
}

impl Probe {
    pub(crate) fn new() -> Self {
        Self {
            place: Place::here(),
            evidence: OnceCell::new(),
            answers: BTreeMap::new(),
            refusals: Vec::new(),
        }
    }

    /// What such a sandbox needs of this machine.
    pub(crate) fn needs(&self, spec: &Spec) -> Needs {
        Needs::of(spec, &self.place)
    }

    /// Tries all of them together, which is one child where all is well.
    pub(crate) fn try_together<'n>(&mut self, all: impl Iterator<Item = &'n Needs>) {
        let (mut fenced, mut host) = (Needs::none(false), Needs::none(true));
        for needs in all {
            let whole = if needs.host { &mut host } else { &mut fenced };
            whole.all.extend(&needs.all);
        }
        for whole in [fenced, host] {
            if !whole.all.is_empty() && attempt(&whole.spec(), &self.place).is_ok() {
                let known = whole.all.iter().map(|need| ((whole.host, *need), None));
                self.answers.extend(known);
            }
        }
    }

    /// The first refusal that concerns these needs, and which of them it hits.
    pub(crate) fn refusal(&mut self, needs: &Needs) -> Option<(Need, &Refusal)> {
        let (need, found) = Need::ALL
            .into_iter()
            .filter(|need| needs.all.contains(need))
            .find_map(|need| self.answer(need, needs.host))?;
        Some((need, self.refusals.get(found)?))
    }

    /// All that have been found, in the order of the needs.
    pub(crate) fn refusals(&self) -> Vec<&Refusal> {
        let mut all: Vec<&Refusal> = self.refusals.iter().collect();
        all.sort_by_key(|refusal| &refusal.what);
        all
    }

    pub(super) fn answer(&mut self, need: Need, host: bool) -> Found {
        if let Some(known) = self.answers.get(&(host, need)) {
            return *known;
        }
        let rests_on = need
            .rests_on()
            .iter()
            .filter(|base| !host || **base != Need::User);
        let inherited = rests_on.copied().find_map(|base| self.answer(base, host));
        let answer = inherited.or_else(|| Some((need, self.try_alone(need, host)?)));
        self.answers.insert((host, need), answer);
        answer
    }

    fn try_alone(&mut self, need: Need, host: bool) -> Option<usize> {
        // The fence around real root is made of mounts: they are not what is asked here.
        let real_root = self.place.real_root && !matches!(need, Need::User | Need::Pid | Need::Net);
        let place = self.place.with_real_root(real_root);
        let spec = Needs::none(host).with(need).spec();
        let Err(error) = self.try_patiently(need, &spec, &place) else {
            return None;
        };
        if is_passing(error.errno()) {
            return None;
        }
        let key = Key {
            need,
            host,
            error: &error,
        };
        let suspects = diagnose(key, self.evidence());
        Some(self.keep(Refusal {
            what: vec![need],
            error: Box::new(error),
            suspects,
        }))
    }

    /// The kernel gives back the count of a namespace some time after its last process is gone: a limit that is no 0 may be full
    /// for a moment only.
    fn try_patiently(&self, need: Need, spec: &Spec, place: &Place) -> Result<(), SetupError> {
        const TRIES: u32 = 20;
        const PAUSE: Duration = Duration::from_millis(50);
        let mut outcome = attempt(spec, place);
        for _ in 1..TRIES {
            match &outcome {
                Err(error) if error.errno() == Errno::NOSPC => {}
                _ => break,
            }
            if self.evidence().limit(need) == Some(0) {
                break;
            }
            thread::sleep(PAUSE);
            outcome = attempt(spec, place);
        }
        outcome
    }

    fn evidence(&self) -> &Evidence {
        self.evidence.get_or_init(|| Evidence::read(&self.place))
    }

    /// One refusal for all that has the same cause and cure.
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

/// Whether the kernel is short of something for the moment, which says nothing of namespaces.
fn is_passing(errno: Errno) -> bool {
    [Errno::AGAIN, Errno::NOMEM, Errno::CHILD].contains(&errno)
}
