use std::process::ExitCode;

use ns_test::{Harness, Sandbox};

#[path = "../sanitized.rs"]
mod sanitized;

fn main() -> ExitCode {
    let text = String::from("on the heap");
    Harness::new()
        .trial("closure", Sandbox::new().user(), move || {
            assert_eq!(text.len(), 11);
        })
        .run()
}
