//! From the first step that failed, with its errno, and the evidence to the cause: a function of these alone.

use crate::error::{Errno, SetupError, Step};

use super::cause::{Cause, filter_of};
use super::describe_evidence;
use super::evidence::Evidence;
use super::refusal::Suspect;
use super::requirement::Need;

/// What failed first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key<'e> {
    pub(super) need: Need,
    /// `user(host)`: without a user namespace.
    pub(super) host: bool,
    pub(super) error: &'e SetupError,
}

/// Every cause that it can be. None is left out for being rare, and none is named that the evidence excludes.
pub(super) fn diagnose(key: Key<'_>, evidence: &Evidence) -> Vec<Suspect> {
    let case = Diagnosis { key, evidence };
    let errno = key.error.errno();
    if is_gvisor(&evidence.version) && [Errno::PERM, Errno::INVAL, Errno::NOSYS].contains(&errno) {
        return case.only(Cause::Gvisor);
    }
    match key.error.step() {
        Step::MakeNamespaces => case.of_namespace(errno),
        Step::DenySetgroups | Step::MapUids | Step::MapGids => case.of_map(errno),
        Step::MountProc if errno == Errno::PERM => case.of_proc(),
        Step::MountSys if errno == Errno::PERM && !evidence.mounts.below_sys.is_empty() => {
            case.only(Cause::MaskedSys)
        }
        Step::Prepare | Step::OpenPipe => Vec::new(),
        _ => case.of_later_step(errno),
    }
}

struct Diagnosis<'e> {
    key: Key<'e>,
    evidence: &'e Evidence,
}

impl Diagnosis<'_> {
    fn only(&self, cause: Cause) -> Vec<Suspect> {
        vec![self.suspect(cause)]
    }

    fn suspect(&self, cause: Cause) -> Suspect {
        Suspect {
            cause,
            evidence: describe_evidence::of(cause, self.key.need, self.evidence),
            remedy: cause.remedy(self.key.need, self.evidence),
        }
    }

    fn of_namespace(&self, errno: Errno) -> Vec<Suspect> {
        match errno {
            Errno::PERM => self.of_permission(),
            Errno::ACCES => self.of_security_module(),
            Errno::NOSPC | Errno::USERS => self.of_limit(),
            Errno::INVAL | Errno::NOSYS => self.of_kernel(errno),
            _ => Vec::new(),
        }
    }

    fn of_permission(&self) -> Vec<Suspect> {
        let Self { key, evidence } = self;
        // Filters answer before the kernel does.
        if evidence.filter_on(key.need) == Some(Errno::PERM) {
            return self.only(filter_of(&evidence.marks));
        }
        if key.host && !evidence.privileged {
            return self.only(Cause::NotPrivileged);
        }
        if key.need != Need::User {
            return Vec::new();
        }
        if evidence.unmapped.is_some() {
            return self.only(Cause::UnmappedCaller);
        }
        if evidence.userns_clone == Some(0) && !evidence.privileged {
            return self.only(Cause::UsersMayNot);
        }
        if evidence.mounts.lacks_root || evidence.other_root == Some(true) {
            return self.only(Cause::Chroot);
        }
        // A chroot to where something is mounted shows no trace.
        vec![
            self.suspect(Cause::Chroot),
            self.suspect(Cause::SecurityModule),
        ]
    }

    fn of_security_module(&self) -> Vec<Suspect> {
        let found: Vec<Suspect> = [
            (Cause::AppArmor, self.evidence.apparmor_restricts == Some(1)),
            (Cause::Selinux, self.evidence.selinux_enforces),
        ]
        .into_iter()
        .filter(|(_, is_there)| *is_there)
        .map(|(cause, _)| self.suspect(cause))
        .collect();
        if found.is_empty() {
            self.only(Cause::SecurityModule)
        } else {
            found
        }
    }

    fn of_limit(&self) -> Vec<Suspect> {
        match (self.evidence.limit(self.key.need), self.key.need) {
            (Some(0), _) => self.only(Cause::Forbidden),
            (_, Need::User) => vec![
                self.suspect(Cause::LimitReached),
                self.suspect(Cause::TooDeep),
            ],
            _ => self.only(Cause::LimitReached),
        }
    }

    fn of_kernel(&self, errno: Errno) -> Vec<Suspect> {
        let evidence = self.evidence;
        if evidence.filter_on(self.key.need) == Some(errno) {
            return self.only(filter_of(&evidence.marks));
        }
        if !evidence.proc || evidence.kinds.contains(&self.key.need.kind()) {
            return Vec::new();
        }
        self.only(if is_wsl(&evidence.version) {
            Cause::Wsl
        } else {
            Cause::NotBuilt
        })
    }

    /// A fresh user namespace holds all capabilities: who is refused its maps has lost them on the way.
    fn of_map(&self, errno: Errno) -> Vec<Suspect> {
        match errno {
            Errno::NOENT if !self.evidence.proc => self.only(Cause::NoProc),
            Errno::ROFS => self.only(Cause::ReadOnlyProc),
            Errno::ACCES | Errno::PERM => self.of_security_module(),
            _ => Vec::new(),
        }
    }

    fn of_proc(&self) -> Vec<Suspect> {
        let mounts = &self.evidence.mounts;
        if !self.evidence.proc {
            self.only(Cause::NoProc)
        } else if !mounts.below_proc.is_empty() {
            self.only(Cause::MaskedProc)
        } else if mounts.proc_read_only {
            self.only(Cause::ReadOnlyProc)
        } else {
            self.of_later_step(Errno::PERM)
        }
    }

    /// With all capabilities inside, the kernel itself has no reason left.
    fn of_later_step(&self, errno: Errno) -> Vec<Suspect> {
        let evidence = self.evidence;
        let is_confined = evidence
            .label
            .as_deref()
            .is_some_and(|label| label.ends_with("(enforce)"));
        let filters = evidence.seccomp == Some(2);
        match errno {
            Errno::ACCES if is_confined => self.only(Cause::AppArmorProfile),
            Errno::ACCES if evidence.selinux_enforces => self.only(Cause::Selinux),
            Errno::PERM if filters && is_confined => vec![
                self.suspect(filter_of(&evidence.marks)),
                self.suspect(Cause::AppArmorProfile),
            ],
            Errno::PERM | Errno::NOSYS if filters => self.only(filter_of(&evidence.marks)),
            Errno::NODEV => self.only(Cause::NotBuilt),
            _ => Vec::new(),
        }
    }
}

/// Its kernel calls itself so, exactly; those of distributions have a suffix.
fn is_gvisor(version: &str) -> bool {
    version.contains("gVisor") || version.starts_with("Linux version 4.4.0 ")
}

fn is_wsl(version: &str) -> bool {
    version.to_ascii_lowercase().contains("microsoft")
}
