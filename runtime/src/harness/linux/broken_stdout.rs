//! The end of a run whose results cannot be written: stdout's reader has gone away (`| head -1`),
//! or its disk is full. A thread for a test that cannot be started ends the run in the same way.
//!
//! libtest then exits with a message on stderr and code 101. libtest-mimic panics on the one thread
//! that prints. It would wait for all tests of the other threads before that panic reached the
//! caller. So the panic hook ends the process, and closes the lifeline first.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, PanicHookInfo};
use std::sync::{Arc, Mutex};

use crate::launcher::Lifeline;
use crate::report;
use crate::sys::process;

use crate::sys::lock::lock;

/// Runs a function that prints. If it panics outside of [`testing`], this ends the process and
/// every process that the lifeline keeps alive.
pub(super) fn printing<T>(lifeline: Lifeline, print: impl FnOnce() -> T) -> (T, Option<Lifeline>) {
    let lifeline = Arc::new(Mutex::new(Some(lifeline)));
    let (held, usual) = (Arc::clone(&lifeline), panic::take_hook());
    panic::set_hook(Box::new(move |panic| {
        if PRINTS.get() {
            end(&held, panic);
        }
        usual(panic);
    }));
    PRINTS.set(true);
    let result = print();
    PRINTS.set(false);
    let lifeline = lock(&lifeline).take();
    (result, lifeline)
}

/// Runs a test. With `--test-threads=1`, that happens on the thread that prints.
pub(super) fn testing<T>(run: impl FnOnce() -> T) -> T {
    let prints = PRINTS.replace(false);
    let result = run();
    PRINTS.set(prints);
    result
}

thread_local! {
    static PRINTS: Cell<bool> = const { Cell::new(false) };
}

fn end(lifeline: &Mutex<Option<Lifeline>>, panic: &PanicHookInfo<'_>) -> ! {
    report::print_error(&report::run_ended(error(panic.payload())));
    // Launchers and inits exit when it closes. A launcher may have made one more init before it
    // noticed.
    drop(lock(lifeline).take());
    while process::wait_any(true).is_ok() {}
    #[expect(
        clippy::disallowed_methods,
        reason = "nothing could be told to `main`'s caller either"
    )]
    std::process::exit(101)
}

/// Returns the error that `Result::unwrap` reported, without the text that `unwrap` adds.
fn error(payload: &(dyn Any + Send)) -> &str {
    let text = payload
        .downcast_ref::<String>()
        .map_or("unknown", String::as_str);
    text.split_once("value: ").map_or(text, |(_, error)| error)
}
