//! Kernels that lack a feature, and systems that only emulate Linux.

use crate::diagnose::cause::Cause;
use crate::diagnose::evidence::Evidence;
use crate::diagnose::requirement::Requirement;
use crate::error::{Errno, Step};

use super::machine::{of_user, sound, suspects};

#[test]
fn kernels_that_lack_it() {
    let without = |kind: &str, version: &str| {
        let mut evidence = sound();
        evidence.kinds.retain(|known| *known != kind);
        evidence.version = version.to_owned();
        evidence
    };
    let time = |version| {
        suspects(
            Requirement::Time,
            Step::MakeNamespaces,
            Errno::INVAL,
            &without("time", version),
        )
    };
    let built = time("Linux version 5.4.0 (gcc)");
    assert_eq!(built[0].cause(), Cause::NotBuilt);
    assert_eq!(built[0].evidence(), ["/proc/self/ns/time is missing"]);
    assert_eq!(
        built[0].remedy(),
        "use a kernel with CONFIG_TIME_NS (Linux 5.6 or later)"
    );
    let wsl = time("Linux version 5.15.153.1-microsoft-standard-WSL2");
    assert_eq!(wsl[0].cause(), Cause::Wsl);
    let first = without("user", "Linux version 4.4.0-19041-Microsoft");
    assert_eq!(of_user(Errno::INVAL, &first), [Cause::Wsl]);
    // The namespace exists, so its absence is not the reason.
    assert_eq!(of_user(Errno::INVAL, &sound()), []);
}

#[test]
fn gvisor() {
    let sandboxed = |version: &str| Evidence {
        version: version.to_owned(),
        ..sound()
    };
    let gvisor = sandboxed("Linux version 4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016");
    assert_eq!(of_user(Errno::INVAL, &gvisor), [Cause::Gvisor]);
    let ubuntu = sandboxed("Linux version 4.4.0-210-generic (buildd@lgw01)");
    assert_eq!(of_user(Errno::INVAL, &ubuntu), []);
}

#[test]
fn overlays_before_linux_5_11() {
    let on = |version: &str| {
        let evidence = Evidence {
            version: version.to_owned(),
            ..sound()
        };
        suspects(
            Requirement::Overlay,
            Step::MountOverlay,
            Errno::PERM,
            &evidence,
        )
    };
    let old = on("Linux version 5.10.0-32-amd64 (debian-kernel@lists.debian.org)");
    assert_eq!(old[0].cause(), Cause::OldKernel);
    assert_eq!(on("Linux version 5.11.0 (gcc)"), []);
    assert_eq!(on("Linux version 6.1.0-50-amd64 (gcc)"), []);
}

#[test]
fn a_kernel_without_veth_or_packet_sockets_needs_a_module() {
    let veth = (Requirement::Veth, Step::MakeVeth, Errno::OPNOTSUPP);
    let packet = (
        Requirement::PacketSockets,
        Step::OpenPacketSocket,
        Errno::AFNOSUPPORT,
    );
    for ((requirement, step, errno), module) in [(veth, "veth"), (packet, "af_packet")] {
        let found = suspects(requirement, step, errno, &sound());
        let [suspect] = &found[..] else {
            panic!("{found:?}")
        };
        assert_eq!(suspect.cause(), Cause::NoModule);
        assert!(suspect.remedy().contains(module), "{suspect:?}");
        assert!(suspect.evidence()[0].contains(errno.name().expect("it has one")));
    }
}
