//! Results that nobody can be told: stdout's reader has gone away (`| head -1`), or its disk is full.
//!
//! libtest ends there, with a word on stderr and 101. libtest-mimic panics, on the one thread that prints, and would wait for all
//! tests of the other threads before that panic came back to us. So the panic's hook ends the process, in good order.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, PanicHookInfo};
use std::sync::{Arc, Mutex};

use crate::launcher::Lifeline;
use crate::report;
use crate::sys::process;

use crate::sys::lock::lock;

/// Has this thread print. Should it panic meanwhile, outside of [`testing`], that ends the process, and all that the lifeline
/// holds.
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

/// Runs a test: with `--test-threads=1` that is done on the thread that prints.
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
    report::print_error(&report::not_printed(error(panic.payload())));
    // Launchers and inits end at this; a launcher may have made one more init until then, but no later.
    drop(lock(lifeline).take());
    while process::wait_any(true).is_ok() {}
    #[expect(
        clippy::disallowed_methods,
        reason = "nothing could be told to `main`'s caller either"
    )]
    std::process::exit(101)
}

/// What `Result::unwrap` has said, without its own words.
fn error(payload: &(dyn Any + Send)) -> &str {
    let text = payload
        .downcast_ref::<String>()
        .map_or("unknown", String::as_str);
    text.split_once("value: ").map_or(text, |(_, error)| error)
}
