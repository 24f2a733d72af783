//! Constructors that start a thread before `main`. The binary is executed again with a variable. A
//! constructor that obeys it starts no thread; for any other there is an error.

use std::env;
use std::process::{Command, ExitCode};
use std::sync::mpsc;
use std::thread;

use libtest_mimic::Trial;
use ns_test::ns_test;
use ns_test_suite::fixture::{self, Check, Transcript};

/// What the constructor does: `obeys` or `ignores`. Otherwise nothing.
const CONSTRUCTOR: &str = "NS_TEST_SUITE_CONSTRUCTOR";

/// Set if the fixture has a `main` of its own.
const OWN_MAIN: &str = "NS_TEST_SUITE_OWN_MAIN";

/// The variable that ns-test sets for constructors.
const VARIABLE: &str = "NS_TEST_HARNESS";

extern "C" fn start_a_thread() {
    let starts = match env::var(CONSTRUCTOR).as_deref() {
        Ok("obeys") => env::var_os(VARIABLE).is_none(),
        Ok("ignores") => true,
        _ => false,
    };
    if starts {
        let thread = thread::Builder::new().name("from-a-library".to_owned());
        let (has_started, starts) = mpsc::channel();
        let _ = thread.spawn(move || {
            let _ = has_started.send(());
            loop {
                thread::park();
            }
        });
        // The thread has its name before it sends.
        let _ = starts.recv();
    }
}

#[used]
#[expect(unsafe_code, reason = "a section has no safe form")]
#[unsafe(link_section = ".init_array")]
static START: extern "C" fn() = start_a_thread;

/// The `main` that users write.
mod annotated {
    ns_test::main!(allow(test));

    pub(crate) fn run() -> std::process::ExitCode {
        main()
    }
}

fn main() -> ExitCode {
    let run = match env::var_os(OWN_MAIN) {
        Some(_) => ns_test::run,
        None => annotated::run,
    };
    fixture::main(run, || {
        vec![
            Trial::test("one_that_obeys_does_not_matter", obeys),
            Trial::test("the_callers_variable_stays", variable_stays),
            Trial::test("arguments_are_kept", arguments_are_kept),
            Trial::test("one_that_ignores_it_is_an_error", ignores),
            Trial::test("a_main_of_ones_own_runs_once", own_main),
        ]
    })
}

#[ns_test(user)]
#[expect(clippy::print_stdout, reason = "a check looks for it")]
fn shows_the_variable() {
    println!("the test has {:?}", env::var_os(VARIABLE));
}

fn fixture(constructor: &str) -> Command {
    let mut command = fixture::command(["--nocapture"]);
    command.env(CONSTRUCTOR, constructor).env_remove(VARIABLE);
    command
}

/// Checks also that the test has the caller's environment.
fn obeys() -> Check {
    let run = Transcript::of(&mut fixture("obeys"));
    run.passed(1)?;
    run.verify(run.text.contains("the test has None"), "no variable")
}

fn variable_stays() -> Check {
    let run = Transcript::of(fixture("obeys").env(VARIABLE, "1"));
    run.passed(1)?;
    run.verify(run.text.contains(r#"the test has Some("1")"#), "its value")
}

fn arguments_are_kept() -> Check {
    let run = Transcript::of(fixture("obeys").arg("--list"));
    let is_list = run.text.contains("shows_the_variable: test");
    run.verify(is_list && !run.text.contains("the test has"), "a list")
}

fn ignores() -> Check {
    let run = Transcript::of(&mut fixture("ignores"));
    run.verify(run.code == Some(101), "exit status 101")?;
    for words in [
        "another thread (`from-a-library`) before the first test",
        "although the\n  variable NS_TEST_HARNESS was set",
        "if you can change the constructor",
        r#"docs/debugging.md, "A constructor starts a thread""#,
    ] {
        run.verify(run.text.contains(words), words)?;
    }
    let preloaded = Transcript::of(fixture("ignores").env("LD_PRELOAD", "/no/such.so"));
    preloaded.verify(preloaded.text.contains("LD_PRELOAD (`/no/such.so`)"), "it")
}

/// Checks that what such a `main` has done before does not happen again.
fn own_main() -> Check {
    let run = Transcript::of(fixture("obeys").env(OWN_MAIN, "1"));
    run.verify(run.code == Some(101), "exit status 101")?;
    run.verify(
        run.text
            .contains("call ns_test::run() in the first lines of `main`")
            && run.text.contains("set NS_TEST_HARNESS=1"),
        "the advice",
    )?;
    Transcript::of(fixture("obeys").env(OWN_MAIN, "1").env(VARIABLE, "1")).passed(1)
}
