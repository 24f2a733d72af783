//! `limit`.

use std::fs::File;
use std::process::Command;

use ns_test::ns_test;
use ns_test_suite::raw;

#[ns_test(user, limit(files = 16))]
fn files() {
    let open: Vec<File> = (0..32)
        .map_while(|_| File::open("/dev/null").ok())
        .collect();
    assert_eq!(open.len(), 16 - 3);
}

#[ns_test(user, limit(cpu = "1500ms", memory = "1GiB"))]
fn cpu_and_memory() {
    assert_eq!(
        raw::limit(libc::RLIMIT_CPU),
        2,
        "in whole seconds, rounded up"
    );
    assert_eq!(raw::limit(libc::RLIMIT_AS), 1 << 30);
    let asked = std::panic::catch_unwind(|| Vec::<u8>::new().try_reserve_exact(2 << 30).is_err());
    assert_eq!(asked.ok(), Some(true), "there is no room for 2 GiB");
}

#[ns_test(user, pid, limit(processes = 8))]
fn processes() {
    assert_eq!(raw::limit(libc::RLIMIT_NPROC), 8);
    let children: Vec<_> = (0..16)
        .map_while(|_| Command::new("sleep").arg("600").spawn().ok())
        .collect();
    assert!(
        children.len() < 8 || ns_test_suite::host::is_uid_zero_outside(),
        "{}",
        children.len()
    );
    let by = ns_test::limited_by().processes;
    let holds = by != Some(ns_test::Mechanism::Exempt);
    assert_eq!(holds, children.len() < 8, "{by:?}");
}
