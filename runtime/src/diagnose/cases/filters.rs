//! Filters of system calls, by who has set them.

use std::collections::BTreeMap;

use crate::diagnose::cause::Cause;
use crate::diagnose::environment::Marks;
use crate::diagnose::evidence::Evidence;
use crate::diagnose::mount_table::Mounts;
use crate::diagnose::requirement::Need;
use crate::error::{Errno, Step};

use super::{causes, filtering, of_user, sound, whole};

/// What a machine is marked with.
fn marks(set: impl Fn(&mut Marks)) -> Marks {
    let mut marks = Marks::default();
    set(&mut marks);
    marks
}

#[test]
fn filters_by_their_owner() {
    let service = |marks: &mut Marks| marks.service = Some("runner.service".to_owned());
    for (marks, cause) in [
        (marks(|it| it.docker = true), Cause::Docker),
        (marks(|it| it.podman = true), Cause::Podman),
        (
            marks(|it| (it.kubernetes, it.docker) = (true, true)),
            Cause::Kubernetes,
        ),
        (
            marks(|it| (it.github, it.docker) = (true, true)),
            Cause::GithubContainer,
        ),
        (
            marks(|it| (it.gitlab, it.docker) = (true, true)),
            Cause::Gitlab,
        ),
        (marks(service), Cause::Systemd),
        // GitHub's host job is no container.
        (marks(|it| it.github = true), Cause::Filter),
    ] {
        let evidence = filtering(Errno::PERM, marks);
        assert_eq!(of_user(Errno::PERM, &evidence), [cause]);
    }
}

#[test]
fn filters_are_told_from_the_kernel() {
    // There is a filter, but it lets this call pass.
    let silent = Evidence {
        filtered: BTreeMap::new(),
        mounts: Mounts {
            lacks_root: true,
            ..whole()
        },
        ..filtering(Errno::PERM, Marks::default())
    };
    assert_eq!(of_user(Errno::PERM, &silent), [Cause::Chroot]);
}

#[test]
fn systemd_kind_by_kind() {
    let service = Marks {
        service: Some("runner.service".to_owned()),
        ..Marks::default()
    };
    let evidence = Evidence {
        filtered: BTreeMap::from([("net", Errno::PERM)]),
        ..filtering(Errno::PERM, service)
    };
    assert_eq!(
        causes(Need::Net, Step::MakeNamespaces, Errno::PERM, &evidence),
        [Cause::Systemd]
    );
}

#[test]
fn podman_after_the_namespaces() {
    let podman = Evidence {
        seccomp: Some(2),
        marks: Marks {
            podman: true,
            ..Marks::default()
        },
        ..sound()
    };
    assert_eq!(
        causes(Need::HostName, Step::SetHostName, Errno::PERM, &podman),
        [Cause::Podman]
    );
    assert_eq!(
        causes(Need::Mount, Step::MakeReadOnly, Errno::NOSYS, &podman),
        [Cause::Podman]
    );
    // Without a filter nothing explains it.
    assert_eq!(
        causes(Need::HostName, Step::SetHostName, Errno::PERM, &sound()),
        []
    );
}
