//! `mount(overlay = ..)`: lower directories that are removed and replaced, and the root directory
//! of an overlay.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use ns_test::{Harness, Sandbox};
use ns_test_suite::host;

/// Builds two layers: `base` has mode 0700, a file and a directory; `top` has another file of the
/// same name.
pub(crate) fn build() -> PathBuf {
    let layers =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("layers-{}", std::process::id()));
    fs::create_dir_all(layers.join("base/inner/deep"))
        .expect("the target directory can be written");
    fs::create_dir_all(layers.join("top")).expect("the same");
    for (file, content) in [
        ("base/file", "base"),
        ("base/inner/file", "inner"),
        ("base/common", "base"),
        ("top/common", "top"),
    ] {
        fs::write(layers.join(file), content).expect("the directory is new");
    }
    set_mode(&layers.join("base"), 0o700).expect("it is ours");
    set_mode(&layers.join("top"), 0o751).expect("it is ours");
    layers
}

pub(crate) fn remove(layers: &Path) {
    let left = fs::read_to_string(layers.join("base/inner/file")).expect("no test has changed it");
    assert_eq!(left, "inner", "changes stay in the overlay");
    fs::remove_dir_all(layers).expect("nothing of it is in use");
}

pub(crate) fn trials(harness: Harness, layers: &Path, root: &Path) -> Harness {
    let path = |layer: &str| layers.join(layer).display().to_string();
    let at_mnt = || Sandbox::new().overlay_of([path("base")], "/mnt");
    let in_place = Sandbox::new().overlay(path("base"));
    let base = layers.join("base");
    let merged = Sandbox::new().overlay_of([path("top"), path("base")], "/mnt");
    let system = Sandbox::all().root(root.display().to_string()).overlay("/");
    let below_a_root = Sandbox::new()
        .root(root.display().to_string())
        .overlay("/etc");
    let small = Sandbox::new().overlay_with([path("base")], "/mnt", 8 << 20);
    harness
        .trial("overlays::a_lower_directory_is_removed", at_mnt(), || {
            replaces_a_directory(Path::new("/mnt"))
        })
        .trial("overlays::also_in_its_place", in_place, move || {
            replaces_a_directory(&base)
        })
        .trial("overlays::its_root_has_the_mode_below", at_mnt(), || {
            has_mode(0o700);
        })
        .trial(
            "overlays::of_several_directories",
            merged,
            shows_several_directories,
        )
        .trial(
            "overlays::a_whole_throw_away_system",
            system,
            is_a_throw_away_system,
        )
        .trial(
            "overlays::below_a_new_root",
            below_a_root,
            is_the_etc_of_the_new_root,
        )
        .trial("overlays::of_a_size", small, takes_so_much)
}

fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(mode))
}

fn replaces_a_directory(overlay: &Path) -> io::Result<()> {
    let inner = overlay.join("inner");
    let removed = fs::remove_dir_all(&inner);
    let needed = "the removal of a lower directory (user.* attributes on tmpfs)";
    if let Some(why) = host::is_before(6, 6, needed) {
        let error = removed.expect_err("docs/kernels.md says so");
        assert_eq!(error.raw_os_error(), Some(libc::EIO), "{error}");
        ns_test::skip!("{why}");
    }
    removed?;
    assert!(!inner.exists());
    fs::create_dir(&inner)?;
    assert_eq!(
        fs::read_dir(&inner)?.count(),
        0,
        "nothing of the old one is seen"
    );
    fs::remove_dir(&inner)?;
    let fresh = overlay.join("fresh");
    fs::create_dir(&fresh)?;
    fs::write(fresh.join("file"), "new")?;
    fs::rename(&fresh, &inner)?;
    assert_eq!(fs::read_to_string(inner.join("file"))?, "new");
    Ok(())
}

fn has_mode(mode: u32) {
    let facts = fs::metadata("/mnt").expect("it is there");
    assert_eq!(facts.mode() & 0o7777, mode);
    assert_eq!((facts.uid(), facts.gid()), (0, 0));
}

fn shows_several_directories() -> io::Result<()> {
    has_mode(0o751);
    assert_eq!(
        fs::read_to_string("/mnt/common")?,
        "top",
        "the first one is on top"
    );
    assert_eq!(fs::read_to_string("/mnt/file")?, "base");
    fs::remove_file("/mnt/common")?;
    assert!(!Path::new("/mnt/common").exists(), "it is gone from both");
    Ok(())
}

fn is_a_throw_away_system() -> io::Result<()> {
    fs::write("/etc/hosts", "changed")?;
    fs::create_dir("/new")?;
    fs::remove_dir_all("/data")?;
    assert_eq!(fs::read_to_string("/etc/hosts")?, "changed");
    assert!(Path::new("/proc/self").exists());
    Ok(())
}

fn is_the_etc_of_the_new_root() -> io::Result<()> {
    let names: Vec<_> = fs::read_dir("/etc")?
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    assert_eq!(names, ["hosts"]);
    fs::write("/etc/passwd", "root:x:0:0::/:/bin/sh\n")
}

fn takes_so_much() {
    let full = fs::write("/mnt/large", vec![1; 10 << 20]).expect_err("8 MiB are 8 MiB");
    assert_eq!(full.kind(), io::ErrorKind::StorageFull);
    fs::remove_file("/mnt/large").expect("a part of it was written");
    fs::write("/mnt/large", vec![1; 7 << 20]).expect("it fits");
}
