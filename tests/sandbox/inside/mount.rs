//! `mount`.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use ns_test::ns_test;
use ns_test_suite::host;
use ns_test_suite::raw;

/// Returns the sorted names in a directory.
pub(crate) fn names(directory: &str) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{directory}: {error}"));
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

fn is_read_only(directory: &str) -> bool {
    let refused =
        fs::write(Path::new(directory).join("ns-test-probe"), "x").map_err(|error| error.kind());
    refused == Err(ErrorKind::ReadOnlyFilesystem)
}

/// Returns the part of the file tree below /tmp that is kept, because the sources are there.
fn expected_in_tmp() -> Vec<String> {
    let below = [env!("CARGO_MANIFEST_DIR"), env!("CARGO_TARGET_TMPDIR")].map(Path::new);
    let mut names: Vec<String> = below
        .iter()
        .filter_map(|path| {
            Some(
                path.strip_prefix("/tmp")
                    .ok()?
                    .components()
                    .next()?
                    .as_os_str()
                    .to_str()?
                    .to_owned(),
            )
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

#[ns_test(mount)]
fn tmp_is_empty_and_writable() {
    assert_eq!(names("/tmp"), expected_in_tmp());
    fs::write("/tmp/app.pid", "1").expect("it is ours");
    let mode = fs::metadata("/tmp").expect("it is there").mode();
    assert_eq!(mode & 0o7777, 0o1777);
}

#[ns_test(mount)]
fn tmp_is_bounded() {
    let mut file = File::create("/tmp/flood").expect("it is ours");
    let chunk = vec![0; 16 << 20];
    let full = (0..128)
        .find_map(|_| file.write_all(&chunk).err())
        .expect("2 GiB do not fit");
    assert_eq!(full.kind(), ErrorKind::StorageFull);
}

#[ns_test(mount(tmp = "host"))]
fn tmp_can_stay_the_hosts() {
    let table = fs::read_to_string("/proc/self/mountinfo").expect("/proc is there");
    let mounts = table.lines().filter(|line| {
        line.split(' ').nth(4) == Some("/tmp") && line.contains(" - tmpfs tmpfs rw,size=")
    });
    assert_eq!(mounts.count(), 0, "{table}");
}

#[ns_test(mount(tmpfs = "/run", tmpfs("/mnt", size = "1MiB", mode = 0o700)))]
fn tmpfs_where_it_is_wanted() {
    assert_eq!(names("/run"), Vec::<String>::new());
    assert_eq!(
        fs::metadata("/mnt").expect("it is there").mode() & 0o7777,
        0o700
    );
    assert!(fs::write("/mnt/one", vec![0; 900 << 10]).is_ok());
    assert!(
        fs::write("/mnt/two", vec![0; 900 << 10]).is_err(),
        "1 MiB is 1 MiB"
    );
}

#[ns_test(mount(
    bind("sandbox/inside/fixtures/tree", "/mnt"),
    bind("sandbox/inside/fixtures/tree/file", "/tmp/deep/er/file", ro)
))]
fn binds_of_a_directory_and_of_a_file() {
    assert_eq!(names("/mnt"), ["file"]);
    assert_eq!(
        fs::read_to_string("/tmp/deep/er/file")
            .expect("it is bound")
            .trim(),
        "from the host"
    );
    let refused = fs::write("/tmp/deep/er/file", "x").expect_err("it is read-only");
    assert_eq!(refused.kind(), ErrorKind::ReadOnlyFilesystem);
}

#[ns_test(mount(
    tmpfs = "/mnt/a/b",
    bind("sandbox/inside/fixtures/tree", "/mnt/a/tree"),
    tmpfs = "/mnt"
))]
fn parents_come_first_in_whatever_order() {
    assert_eq!(names("/mnt"), ["a"]);
    assert_eq!(names("/mnt/a"), ["b", "tree"]);
    assert_eq!(names("/mnt/a/tree"), ["file"]);
}

#[ns_test(mount(dev = "own"))]
fn a_dev_of_its_own() {
    let found = names("/dev");
    for name in [
        "null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts", "shm", "fd",
    ] {
        assert!(found.contains(&name.to_owned()), "{name}: {found:?}");
    }
    let disks = |name: &&String| {
        name.starts_with("sd") || name.starts_with("vd") || name.starts_with("loop")
    };
    assert_eq!(found.iter().find(disks), None);
    fs::write("/dev/null", "x").expect("it takes all");
    fs::write("/dev/log", "x").expect("it is ours");
    let full = fs::write("/dev/full", "x").expect_err("it takes nothing");
    assert_eq!(full.kind(), ErrorKind::StorageFull);
    let terminal = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/ptmx");
    let _terminal = terminal.expect("anybody may open one");
    assert_eq!(names("/dev/pts"), ["0", "ptmx"]);
}

#[ns_test(mount(dev = "host"))]
fn the_dev_of_the_host() {
    let same = |path| fs::metadata(path).map(|facts| facts.dev());
    assert_eq!(
        same("/dev").ok(),
        same("/dev/null").ok(),
        "it is no tmpfs with bound nodes"
    );
}

/// A requested mount at /dev replaces the test's own /dev, also for real root.
#[ns_test(mount(tmpfs = "/dev"))]
fn an_empty_dev() {
    assert_eq!(names("/dev"), Vec::<String>::new());
}

#[ns_test(mount(bind("/tmp", "/mnt")))]
fn sources_are_the_hosts() {
    fs::write("/tmp/only-inside", "x").expect("/tmp is ours");
    assert!(!names("/mnt").contains(&"only-inside".to_owned()));
}

#[ns_test(mount(ro = "/usr", ro = "/dev"))]
fn read_only_trees() {
    assert!(is_read_only("/usr"));
    if let Some(why) = host::is_before(5, 12, "`ro` below other mounts (mount_setattr)") {
        ns_test::skip!("{why}");
    }
    // Mounts below the tree become read-only as well, here /dev/shm.
    assert!(is_read_only("/dev/shm"));
}

#[ns_test(mount(ro = "/sys"))]
fn read_only_over_nosuid_nodev_noexec() {
    let table = fs::read_to_string("/proc/self/mountinfo").expect("/proc is there");
    let last = table
        .lines()
        .rfind(|line| line.split(' ').nth(4) == Some("/sys"))
        .expect("it is mounted");
    assert!(
        last.split(' ')
            .nth(5)
            .is_some_and(|options| options.starts_with("ro")),
        "{last}"
    );
}

#[ns_test(mount(tmpfs = "/run", ro = "/"))]
fn writable_below_read_only() {
    assert!(is_read_only("/"));
    fs::write("/run/file", "x").expect("the deeper mount comes later");
    fs::write("/tmp/file", "x").expect("and so does /tmp");
}

#[ns_test(mount)]
fn may_mount_and_unmount() {
    fs::create_dir("/tmp/here").expect("/tmp is ours");
    raw::mount("tmpfs", "/tmp/here", "tmpfs", 0).expect("we are root here");
    fs::write("/tmp/here/file", "x").expect("it is mounted");
    raw::unmount("/tmp/here").expect("we are root here");
    assert_eq!(names("/tmp/here"), Vec::<String>::new());
}

#[ns_test(mount(propagation = "slave"))]
fn propagation_can_be_slave() {
    // Whether `/` was shared before depends on the host. A slave without a master is private.
    let table = fs::read_to_string("/proc/self/mountinfo").expect("/proc is there");
    assert!(
        table.lines().all(|line| !line.contains(" shared:")),
        "{table}"
    );
}

#[ns_test(mount)]
fn propagation_is_private() {
    let table = fs::read_to_string("/proc/self/mountinfo").expect("/proc is there");
    assert!(
        table
            .lines()
            .all(|line| !line.contains(" shared:") && !line.contains(" master:")),
        "{table}"
    );
}

#[ns_test(mount, user)]
fn files_made_inside_are_the_callers_outside() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("inside-mount-owner");
    let _ = fs::remove_file(&path);
    fs::write(&path, "x").expect("the target directory can be reached");
    assert_eq!(
        fs::metadata(&path).expect("it is there").uid(),
        0,
        "as it looks from here"
    );
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("it is ours");
}

#[ns_test]
fn programs_run() {
    let output = Command::new("sh")
        .args(["-c", "echo $0 >/dev/null; mktemp -d"])
        .output()
        .expect("sh runs");
    assert!(
        String::from_utf8_lossy(&output.stdout).starts_with("/tmp/"),
        "{output:?}"
    );
}
