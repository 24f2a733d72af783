//! The same tests in three targets: unit tests, tests with libtest, tests without it.

use std::process::{exit, Command, ExitCode};
use std::time::Duration;

use ns_test::ns_test;

#[ns_test]
fn returns() {}

#[ns_test]
fn r#match() {}

#[ns_test]
fn prints_and_returns() {
    println!("to stdout");
    eprintln!("to stderr");
}

#[ns_test]
fn panics() {
    println!("to stdout");
    eprintln!("to stderr");
    assert_eq!(std::thread::current().name(), Some("another"));
}

#[ns_test]
#[should_panic(expected = "water")]
fn should_panic_and_does() {
    panic!("no water");
}

#[ns_test]
#[should_panic(expected = "fire")]
fn should_panic_otherwise() {
    panic!("no water");
}

#[ns_test]
#[should_panic]
fn should_panic_and_does_not() {}

#[ns_test]
fn returns_an_error() -> Result<(), std::num::ParseIntError> {
    "x".parse::<u8>().map(drop)
}

#[ns_test]
fn returns_an_exit_code() -> ExitCode {
    ExitCode::from(3)
}

#[ns_test]
fn exits_with_0() {
    exit(0);
}

#[ns_test]
fn aborts() {
    std::process::abort();
}

#[ns_test]
fn skips_itself() {
    println!("a look around");
    ns_test::skip!("there is no {}", "moon");
}

#[ns_test]
#[ignore]
fn is_ignored() {}

#[ns_test]
#[ignore = "it takes a minute"]
fn is_ignored_and_fails() {
    panic!("it ran");
}

#[ns_test(net, mount(bind("not/there", "/mnt")))]
fn can_not_be_set_up() {}

#[ns_test(timeout = "300ms")]
fn takes_too_long() {
    std::thread::sleep(Duration::from_secs(60));
}

#[ns_test(leftovers = "fail")]
fn leaves_a_process() {
    Command::new("sleep").arg("60").spawn().expect("there is sleep");
    // Until its command line is visible.
    std::thread::sleep(Duration::from_millis(100));
}

mod inner {
    #[ns_test::ns_test(net)]
    fn binds_port_80() -> std::io::Result<()> {
        std::net::TcpListener::bind("127.0.0.1:80").map(drop)
    }
}

macro_rules! made {
    ($($name:ident)*) => { $(#[ns_test(uts)] fn $name() {})* };
}

made! { made_by_a_macro and_another }
