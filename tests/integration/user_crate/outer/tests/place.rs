//! The environment of `cargo test` is visible, even if the crate is below the replaced /tmp.

use std::{env, fs};

#[ns_test::ns_test]
fn the_crate_can_be_reached() {
    let manifest = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    assert_eq!(env::current_dir().expect("it is there").to_str(), Some(&*manifest));
    assert!(fs::read_to_string("tests/place.rs").expect("relative paths work").contains("relative paths work"));
    let executable = env::current_exe().expect("/proc is there");
    assert!(executable.exists(), "{executable:?}");
    fs::write(executable.parent().expect("it has one").join("written"), "x").expect("the target directory is writable");
    let expected: Vec<_> = manifest.strip_prefix("/tmp/").into_iter().filter_map(|path| path.split('/').next()).collect();
    let found: Vec<_> = fs::read_dir("/tmp").expect("it is there").map(|entry| entry.expect("it can be read").file_name()).collect();
    assert_eq!(found, expected, "and nothing else is in /tmp");
}

ns_test::main!();
