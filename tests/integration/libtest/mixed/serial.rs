//! Tests that must not overlap: each creates a directory that must not exist yet, in a shared
//! place.

use std::fs;
use std::path::Path;
use std::time::Duration;

use ns_test::ns_test;

fn use_what_is_shared() -> std::io::Result<()> {
    let shared = Path::new(env!("CARGO_TARGET_TMPDIR")).join("in-use");
    fs::create_dir(&shared)?;
    std::thread::sleep(Duration::from_millis(100));
    fs::remove_dir(&shared)
}

macro_rules! tests {
    ($($name:ident)*) => {
        $(
            #[ns_test(net, timeout = "1s", serial = "mixed: what is shared")]
            fn $name() -> std::io::Result<()> {
                use_what_is_shared()
            }
        )*
    };
}

tests! { a b c d }
