//! Five tests that pass everywhere, one that fails, and two that run while the reader of their
//! results exits.

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;
use std::{env, fs, thread};

use ns_test::ns_test;

#[ns_test(user)]
fn is_root_in_a_user_namespace() {
    let status = fs::read_to_string("/proc/self/status").expect("it is there");
    assert!(status.contains("\nUid:\t0\t0\t0\t0\n"), "{status}");
}

#[ns_test(user, net, mount)]
fn has_port_80_and_a_tmp() -> std::io::Result<()> {
    let server = TcpListener::bind("127.0.0.1:80")?;
    fs::create_dir("/tmp/directory")?;
    fs::write("/tmp/directory/file", "1")?;
    drop(server);
    Ok(())
}

#[ns_test(pid)]
fn is_process_2() {
    assert_eq!(std::process::id(), 2);
}

#[ns_test(user, mount(bind("fixtures", "/mnt")))]
fn has_a_directory_of_the_crate() {
    assert_eq!(fs::read_to_string("/mnt/word").expect("it is bound"), "sunday\n");
    assert_eq!(fs::read_to_string("fixtures/word").expect("it is here"), "sunday\n");
}

#[ns_test(user(uid = 1000, gid = 1000), mount)]
fn is_an_ordinary_user_who_reads() {
    assert_eq!(fs::read_to_string("fixtures/word").expect("it is here"), "sunday\n");
}

#[ns_test(user, net, mount, pid)]
fn prints_and_panics() {
    println!("to stdout");
    eprintln!("to stderr");
    panic!("for a reason");
}

#[ns_test(user)]
#[ignore = "it is run with PLACE_WORD set"]
fn lasts_until_a_file_is_there() {
    let word = env::var_os("PLACE_WORD").expect("it is run with it");
    while !Path::new(&word).exists() {
        thread::sleep(Duration::from_millis(10));
    }
}

#[ns_test(user)]
#[ignore = "it takes a minute"]
fn lasts_a_minute() {
    thread::sleep(Duration::from_secs(60));
}
