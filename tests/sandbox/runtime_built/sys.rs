//! `net(sys = false)`: the host's /sys, which this program has seen.

use std::fs;
use std::os::unix::fs::MetadataExt;

use ns_test::{Harness, Sandbox};

pub(crate) fn trials(harness: Harness) -> Harness {
    let sysfs = || fs::metadata("/sys").expect("/sys is there").dev();
    let host = sysfs();
    let network = || Sandbox::new().net().mount();
    harness
        .trial("sys::of_its_own", network(), move || {
            assert_ne!(sysfs(), host);
        })
        .trial("sys::of_the_host", network().host_sys(), move || {
            assert_eq!(sysfs(), host);
        })
}
