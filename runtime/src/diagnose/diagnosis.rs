//! The diagnosis: a pure function from the first failed step, its errno, and the evidence to the
//! causes.

use crate::error::{Errno, SetupError, Step};
use crate::sandbox::host::HostFacts;
use crate::sys::procfs;

use super::cause::{Cause, filter_of};
use super::describe_evidence;
use super::evidence::Evidence;
use super::key::Key;
use super::refusal::Suspect;
use super::requirement::Requirement;

/// Returns every possible cause. It includes rare causes, and excludes causes that contradict the
/// evidence.
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
        Step::MountSys if errno == Errno::PERM => case.of_sys(),
        Step::Prepare | Step::OpenPipe => Vec::new(),
        Step::MountOverlay if errno == Errno::PERM && is_before(&evidence.version, (5, 11)) => {
            case.only(Cause::OldKernel)
        }
        Step::MakeVeth if errno == Errno::OPNOTSUPP => case.only(Cause::NoModule),
        Step::OpenPacketSocket if errno == Errno::AFNOSUPPORT => case.only(Cause::NoModule),
        _ => case.of_later_step(errno),
    }
}

/// Returns the cause of a launcher that could not start, if it is an AppArmor profile that denies
/// the harness its sockets. The errno explains all other causes.
pub(crate) fn of_launcher(error: &SetupError) -> Option<Suspect> {
    if ![Errno::PERM, Errno::ACCES].contains(&error.errno()) {
        return None;
    }
    let evidence = Evidence::read(&HostFacts::gather());
    evidence.enforced_profile()?;
    let key = Key {
        requirement: Requirement::User,
        host: false,
        error,
    };
    let diagnosis = Diagnosis {
        key,
        evidence: &evidence,
    };
    Some(diagnosis.suspect(Cause::AppArmorProfile))
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
            evidence: describe_evidence::of(cause, self.key, self.evidence),
            remedy: cause.remedy(self.key, self.evidence),
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
        let user = key.requirement == Requirement::User && !key.host;
        // A filter answers before the kernel does. Debian's sysctl is the kernel's first check.
        let filter = evidence.filter_on(key.requirement) == Some(Errno::PERM);
        match (user && evidence.users_may_not(), filter) {
            (true, false) if self.filter_on_others() => {
                return vec![
                    self.suspect(Cause::UsersMayNot),
                    self.suspect(filter_of(&evidence.environment)),
                ];
            }
            (true, _) => return self.only(Cause::UsersMayNot),
            (false, true) => return self.only(filter_of(&evidence.environment)),
            (false, false) => {}
        }
        if key.host && !evidence.privileged {
            return self.only(Cause::NotPrivileged);
        }
        if !user {
            // A new user namespace has all capabilities: only a security module can remove them.
            let confined = evidence.enforced_profile().is_some();
            return confined
                .then(|| self.suspect(Cause::AppArmorProfile))
                .into_iter()
                .collect();
        }
        if evidence.unmapped.is_some() {
            return self.only(Cause::UnmappedCaller);
        }
        if evidence.mounts.lacks_root || evidence.other_root == Some(true) {
            return self.only(Cause::Chroot);
        }
        // A chroot to a mount point leaves no trace, unless the caller can see PID 1's root.
        let chroot = evidence.other_root.is_none().then_some(Cause::Chroot);
        let module = self.security_module();
        let causes = chroot.into_iter().chain(module);
        causes.map(|cause| self.suspect(cause)).collect()
    }

    /// Returns whether a filter refuses other kinds, and so may refuse user namespaces as well.
    fn filter_on_others(&self) -> bool {
        self.evidence.seccomp == Some(2)
            && self
                .evidence
                .filtered
                .iter()
                .any(|(kind, _)| *kind != Requirement::User.kind())
    }

    fn of_security_module(&self) -> Vec<Suspect> {
        let mut found = Vec::new();
        if self.evidence.apparmor_restricts == Some(1) {
            found.push(self.suspect(Cause::AppArmor));
        }
        if self.evidence.selinux_enforces {
            found.push(self.suspect(Cause::Selinux));
        }
        match (found.is_empty(), self.security_module()) {
            (true, Some(module)) => self.only(module),
            _ => found,
        }
    }

    /// Returns the security module that may have refused it, by name if its label gives one.
    fn security_module(&self) -> Option<Cause> {
        match self.evidence.enforced_profile() {
            Some(_) => Some(Cause::AppArmorProfile),
            None => self
                .evidence
                .has_security_module()
                .then_some(Cause::SecurityModule),
        }
    }

    fn of_limit(&self) -> Vec<Suspect> {
        match (
            self.evidence.limit(self.key.requirement),
            self.key.requirement,
        ) {
            (Some(0), _) => self.only(Cause::Forbidden),
            (None, _) => Vec::new(),
            (_, Requirement::User) => vec![
                self.suspect(Cause::LimitReached),
                self.suspect(Cause::TooDeep),
            ],
            _ => self.only(Cause::LimitReached),
        }
    }

    fn of_kernel(&self, errno: Errno) -> Vec<Suspect> {
        let evidence = self.evidence;
        if evidence.filter_on(self.key.requirement) == Some(errno) {
            return self.only(filter_of(&evidence.environment));
        }
        if !evidence.proc || evidence.kinds.contains(&self.key.requirement.kind()) {
            return Vec::new();
        }
        self.only(if is_wsl(&evidence.version) {
            Cause::Wsl
        } else {
            Cause::NotBuilt
        })
    }

    /// Returns the causes of a refused id map. A fresh user namespace has all capabilities, so a
    /// process that cannot write its maps has lost them since.
    fn of_map(&self, errno: Errno) -> Vec<Suspect> {
        match errno {
            Errno::NOENT if !self.evidence.proc => self.only(Cause::NoProc),
            Errno::ROFS if self.evidence.mounts.proc_read_only => self.only(Cause::ReadOnlyProc),
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

    /// Returns the causes of a refused /sys. In a user namespace the kernel mounts a sysfs only
    /// where a complete one is mounted (`mount_too_revealing`).
    fn of_sys(&self) -> Vec<Suspect> {
        let mounts = &self.evidence.mounts;
        match (mounts.whole_sysfs, mounts.type_of_sys.as_deref()) {
            _ if !self.evidence.proc => self.of_later_step(Errno::PERM),
            (true, _) => self.of_later_step(Errno::PERM),
            (false, Some("sysfs")) if !mounts.below_sys.is_empty() => self.only(Cause::MaskedSys),
            (false, Some(_)) if !mounts.below_sys.is_empty() => self.only(Cause::PartialSys),
            (false, _) => self.only(Cause::NoSys),
        }
    }

    /// Returns the causes of a later step's failure. With all capabilities inside, the kernel
    /// itself has no reason to refuse it.
    fn of_later_step(&self, errno: Errno) -> Vec<Suspect> {
        let evidence = self.evidence;
        let is_confined = evidence.enforced_profile().is_some();
        let filters = evidence.seccomp == Some(2);
        match errno {
            Errno::ACCES if is_confined => self.only(Cause::AppArmorProfile),
            Errno::ACCES if evidence.selinux_enforces => self.only(Cause::Selinux),
            Errno::PERM if filters && is_confined => vec![
                self.suspect(filter_of(&evidence.environment)),
                self.suspect(Cause::AppArmorProfile),
            ],
            Errno::PERM | Errno::NOSYS if filters => self.only(filter_of(&evidence.environment)),
            Errno::NODEV
                if evidence
                    .missing_file_system(self.key.error.step())
                    .is_some() =>
            {
                self.only(Cause::NoFileSystem)
            }
            _ => Vec::new(),
        }
    }
}

/// Returns whether `/proc/version` has the release of a kernel before this version.
fn is_before(version: &str, first: (u32, u32)) -> bool {
    let release = version.strip_prefix("Linux version ");
    let own = release.and_then(procfs::kernel_version);
    own.is_some_and(|own| own < first)
}

/// Returns whether the version string is gVisor's. gVisor uses exactly this string; the kernels of
/// distributions have a suffix.
fn is_gvisor(version: &str) -> bool {
    version.contains("gVisor") || version.starts_with("Linux version 4.4.0 ")
}

fn is_wsl(version: &str) -> bool {
    version.to_ascii_lowercase().contains("microsoft")
}
