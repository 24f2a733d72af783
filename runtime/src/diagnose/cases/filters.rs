//! System call filters, by the program that installed them.

use crate::diagnose::cause::Cause;
use crate::diagnose::environment::Environment;
use crate::diagnose::evidence::Evidence;
use crate::diagnose::mount_table::MountTable;
use crate::diagnose::requirement::Requirement;
use crate::error::{Errno, Step};

use super::machine::{causes, filtering, of_user, sound, whole};

/// Returns an environment with these marks.
fn environment(set: impl Fn(&mut Environment)) -> Environment {
    let mut environment = Environment::default();
    set(&mut environment);
    environment
}

#[test]
fn filters_by_their_owner() {
    let service =
        |environment: &mut Environment| environment.service = Some("runner.service".to_owned());
    for (environment, cause) in [
        (environment(|it| it.docker = true), Cause::Docker),
        (environment(|it| it.podman = true), Cause::Podman),
        (
            environment(|it| (it.kubernetes, it.docker) = (true, true)),
            Cause::Kubernetes,
        ),
        (
            environment(|it| (it.github, it.docker) = (true, true)),
            Cause::GithubContainer,
        ),
        (
            environment(|it| (it.gitlab, it.docker) = (true, true)),
            Cause::Gitlab,
        ),
        (environment(service), Cause::Systemd),
        // A job on GitHub's host is not in a container.
        (environment(|it| it.github = true), Cause::Filter),
    ] {
        let evidence = filtering(Errno::PERM, environment);
        assert_eq!(of_user(Errno::PERM, &evidence), [cause]);
    }
}

#[test]
fn filters_are_distinguished_from_the_kernel() {
    // There is a filter, but it allows this call.
    let silent = Evidence {
        filtered: Vec::new(),
        mounts: MountTable {
            lacks_root: true,
            ..whole()
        },
        ..filtering(Errno::PERM, Environment::default())
    };
    assert_eq!(of_user(Errno::PERM, &silent), [Cause::Chroot]);
}

#[test]
fn systemd_kind_by_kind() {
    let service = Environment {
        service: Some("runner.service".to_owned()),
        ..Environment::default()
    };
    let evidence = Evidence {
        filtered: Vec::from([("net", Errno::PERM)]),
        ..filtering(Errno::PERM, service)
    };
    assert_eq!(
        causes(
            Requirement::Net,
            Step::MakeNamespaces,
            Errno::PERM,
            &evidence
        ),
        [Cause::Systemd]
    );
}

#[test]
fn podman_after_the_namespaces() {
    let podman = Evidence {
        seccomp: Some(2),
        environment: Environment {
            podman: true,
            ..Environment::default()
        },
        ..sound()
    };
    assert_eq!(
        causes(
            Requirement::HostName,
            Step::SetHostName,
            Errno::PERM,
            &podman
        ),
        [Cause::Podman]
    );
    assert_eq!(
        causes(
            Requirement::Mount,
            Step::MakeReadOnly,
            Errno::NOSYS,
            &podman
        ),
        [Cause::Podman]
    );
    // Without a filter nothing explains it.
    assert_eq!(
        causes(
            Requirement::HostName,
            Step::SetHostName,
            Errno::PERM,
            &sound()
        ),
        []
    );
}
