//! Tests that must not overlap: each creates a directory that must not exist yet, in a shared
//! place.

#[path = "hold.rs"]
mod hold;

use std::fs;
use std::io;
use std::path::Path;

use ns_test::ns_test;

fn use_what_is_shared() -> io::Result<()> {
    let shared = Path::new(env!("CARGO_TARGET_TMPDIR")).join("in-use");
    fs::create_dir(&shared)?;
    if let Some(stage) = std::env::var_os("SERIAL_STAGE") {
        hold::hold_until_all_wait(stage.as_ref())?;
    }
    fs::remove_dir(&shared)
}

macro_rules! tests {
    ($($name:ident)*) => {
        $(
            #[ns_test(net, timeout = "60s", serial = "mixed: what is shared")]
            fn $name() -> io::Result<()> {
                use_what_is_shared()
            }
        )*
    };
}

tests! { a b c d }
