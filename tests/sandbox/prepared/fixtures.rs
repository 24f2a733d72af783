//! Tests with prepared directories. Each function that prepares adds its name to a file, so that
//! the checks can count.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::{env, thread};

use ns_test::{Harness, Prepared, Sandbox, ns_test};

pub(crate) fn main() -> ExitCode {
    let at = |target| Sandbox::new().tmpfs("/srv").prepared(target, by_trial);
    let with = Prepared::new("/srv/data", base).then(on_top).copy();
    Harness::new()
        .trial("trials::first", at("/srv/data"), || content("by_trial"))
        .trial("trials::second", at("/srv/data"), || content("by_trial"))
        .trial(
            "bad::two_functions_for_one_target",
            at("/srv/data").prepared("/srv/data", base),
            || (),
        )
        .trial(
            "trials::copied",
            Sandbox::new().tmpfs("/srv").prepared_with(with),
            layers_are_merged,
        )
        .run()
}

/// Adds a line to the file whose lines the check counts.
fn count(function: &str) {
    let path = env::var_os("PREPARED_LOG").expect("the check says where");
    let log = OpenOptions::new().append(true).create(true).open(path);
    writeln!(log.expect("it is not hidden"), "{function}").expect("it can be written");
}

fn content(expected: &str) -> io::Result<()> {
    assert_eq!(fs::read_to_string("/srv/data/file")?, expected);
    Ok(())
}

fn by_trial(directory: &Path) -> io::Result<()> {
    count("by_trial");
    fs::write(directory.join("file"), "by_trial")
}

mod shared {
    use super::{
        MetadataExt, Path, PermissionsExt, content, count, fs, io, mount_options, ns_test, thread,
    };

    /// Slow enough for other tests to arrive meanwhile.
    fn fill(directory: &Path) -> io::Result<()> {
        count("fill");
        assert_eq!(directory, Path::new("/srv/data"));
        assert_eq!(fs::read_dir(directory)?.count(), 0, "it is empty");
        thread::sleep(std::time::Duration::from_millis(200));
        fs::create_dir(directory.join("inner"))?;
        fs::write(directory.join("inner/file"), "inner")?;
        fs::write(directory.join("file"), "fill")?;
        fs::set_permissions(directory, fs::Permissions::from_mode(0o700))
    }

    /// Each test finds the prepared files, and none of the others' changes.
    fn changes() -> io::Result<()> {
        content("fill")?;
        assert_eq!(fs::metadata("/srv/data")?.mode() & 0o7777, 0o700);
        fs::remove_dir_all("/srv/data/inner")?;
        fs::create_dir("/srv/data/inner")?;
        assert_eq!(fs::read_dir("/srv/data/inner")?.count(), 0);
        fs::write("/srv/data/file", "changed")?;
        fs::write("/srv/data/new", "new")
    }

    #[ns_test(mount(tmpfs = "/srv", prepared("/srv/data", fill)))]
    fn one() -> io::Result<()> {
        changes()
    }

    #[ns_test(mount(tmpfs = "/srv", prepared("/srv/data", fill)))]
    fn two() -> io::Result<()> {
        changes()
    }

    #[ns_test(mount(tmpfs = "/srv", prepared("/srv/data", fill, upper = "disk")))]
    fn on_disk() -> io::Result<()> {
        assert!(mount_options("/srv/data").contains("volatile"));
        changes()
    }

    /// Until it is killed.
    #[ns_test(mount(tmpfs = "/srv", prepared("/srv/data", fill, upper = "disk")))]
    #[ignore = "for the check that kills it"]
    fn waits_on_disk() -> io::Result<()> {
        changes()?;
        count("waiting");
        loop {
            thread::park();
        }
    }

    #[ns_test(mount(tmpfs = "/srv", prepared("/srv/data", fill, upper = "memory")))]
    fn in_memory() -> io::Result<()> {
        changes()
    }

    #[ns_test(mount(tmpfs = "/srv", prepared("/srv/data", fill, copy)))]
    fn copied() -> io::Result<()> {
        assert!(!mount_options("/srv/data").contains("overlay"));
        // What an overlay refuses.
        fs::rename("/srv/data/inner", "/srv/data/renamed")?;
        fs::rename("/srv/data/renamed", "/srv/data/inner")?;
        changes()
    }
}

/// Returns the line of mountinfo for this mount point.
fn mount_options(point: &str) -> String {
    let table = fs::read_to_string("/proc/self/mountinfo").expect("/proc is mounted");
    let line = table
        .lines()
        .rfind(|line| line.split(' ').nth(4) == Some(point));
    line.unwrap_or_default().to_owned()
}

fn base(directory: &Path) -> io::Result<()> {
    count("base");
    fs::create_dir_all(directory.join("opaque"))?;
    for file in ["kept", "changed", "removed", "opaque/old"] {
        fs::write(directory.join(file), "base")?;
    }
    symlink("kept", directory.join("link"))?;
    fs::hard_link(directory.join("kept"), directory.join("linked"))
}

fn on_top(directory: &Path) -> io::Result<()> {
    count("on_top");
    assert_eq!(fs::read_to_string(directory.join("changed"))?, "base");
    fs::write(directory.join("changed"), "on_top")?;
    fs::remove_file(directory.join("removed"))?;
    fs::remove_dir_all(directory.join("opaque"))?;
    fs::create_dir(directory.join("opaque"))?;
    fs::write(directory.join("opaque/new"), "on_top")
}

fn layers_are_merged() -> io::Result<()> {
    let at = Path::new("/srv/data");
    assert_eq!(fs::read_to_string(at.join("changed"))?, "on_top");
    assert_eq!(fs::read_to_string(at.join("link"))?, "base");
    assert!(!at.join("removed").exists());
    let names: Vec<_> = fs::read_dir(at.join("opaque"))?
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    assert_eq!(names, ["new"]);
    Ok(())
}

mod layers {
    use super::{MetadataExt, Path, base, fs, io, layers_are_merged, ns_test, on_top};

    #[ns_test(mount(tmpfs = "/srv", prepared("/srv/data", on_top, inputs("sandbox/prepared/input"), from = base)))]
    fn one() -> io::Result<()> {
        layers_are_merged()
    }

    #[ns_test(mount(tmpfs = "/srv", prepared("/srv/data", on_top, inputs("sandbox/prepared/input"), from = base, copy)))]
    fn copied() -> io::Result<()> {
        let linked = fs::metadata("/srv/data/linked")?;
        assert_eq!(linked.nlink(), 2, "hard links stay in a copy");
        layers_are_merged()
    }

    #[ns_test(mount(tmpfs = "/srv", prepared("/srv/data", base)))]
    fn below() {
        assert!(Path::new("/srv/data/removed").exists());
    }
}

mod inputs {
    use super::{Path, content, count, fs, io, ns_test};

    fn fill(directory: &Path) {
        count("inputs");
        fs::write(directory.join("file"), "inputs").expect("it is ours");
    }

    #[ns_test(mount(
        tmpfs = "/srv",
        prepared("/srv/data", fill, inputs("/proc/version", "sandbox/prepared/input"))
    ))]
    fn named() -> io::Result<()> {
        content("inputs")
    }

    #[ns_test(mount(tmpfs = "/srv", prepared("/srv/data", fill, inputs("not/there"))))]
    fn missing() {}
}

mod sandbox {
    use super::{MetadataExt, Path, UnixListener, content, count, env, fs, io, ns_test};

    /// The preparation sees the same as the test.
    fn fill(directory: &Path) {
        count("sandbox");
        is_inside();
        fs::write("/srv/of-the-preparation", "gone with its sandbox").expect("/srv is a tmpfs");
        fs::write(directory.join("file"), "sandbox").expect("it is ours");
        let _socket = UnixListener::bind(directory.join("socket")).expect("it is ours");
    }

    fn is_inside() {
        assert_eq!(
            fs::read_to_string("/proc/sys/kernel/hostname")
                .expect("/proc")
                .trim(),
            "db1"
        );
        assert_eq!(std::process::id(), 2, "`prepared` enables `pid`");
        assert_eq!(env::var("COLOUR").as_deref(), Ok("blue"));
        assert!(fs::read_dir("/dev/shm").is_ok_and(|mut files| files.next().is_none()));
    }

    #[ns_test(
        user(uid = 1000),
        net,
        uts(hostname = "db1"),
        env("COLOUR", "blue"),
        mount(tmpfs = "/srv", prepared("/srv/data", fill))
    )]
    fn is_that_of_the_test() -> io::Result<()> {
        is_inside();
        assert!(!Path::new("/srv/of-the-preparation").exists());
        assert!(
            !Path::new("/srv/data/socket").exists(),
            "sockets are removed"
        );
        assert_eq!(fs::metadata("/srv/data/file")?.uid(), 1000);
        content("sandbox")
    }
}

/// Sandboxes with several ids: their trees hold files that the caller has no rights over.
mod ids {
    use std::os::unix::fs::chown;

    use super::{
        MetadataExt, Path, PermissionsExt, content, count, env, fs, io, mount_options, ns_test,
        thread,
    };

    fn fill(directory: &Path) -> io::Result<()> {
        count("ids");
        fs::write(directory.join("file"), "ids")?;
        private(directory, 1000)
    }

    /// Makes a directory that only this id may read.
    fn private(directory: &Path, id: u32) -> io::Result<()> {
        let private = directory.join(format!("of-{id}"));
        fs::create_dir_all(private.join("inner"))?;
        fs::write(private.join("inner/file"), "private")?;
        fs::set_permissions(&private, fs::Permissions::from_mode(0o700))?;
        for path in ["", "inner", "inner/file"] {
            chown(private.join(path), Some(id), Some(id))?;
        }
        Ok(())
    }

    fn changes() -> io::Result<()> {
        content("ids")?;
        assert_eq!(fs::metadata("/srv/data/of-1000/inner/file")?.uid(), 1000);
        fs::remove_dir_all("/srv/data/of-1000")?;
        private(Path::new("/srv/data"), 2000)
    }

    #[ns_test(user(ids = "auto"), mount(tmpfs = "/srv", prepared("/srv/data", fill)))]
    fn one() -> io::Result<()> {
        changes()
    }

    #[ns_test(
        user(ids = "auto"),
        mount(tmpfs = "/srv", prepared("/srv/data", fill, upper = "disk"))
    )]
    fn on_disk() -> io::Result<()> {
        assert!(mount_options("/srv/data").contains("volatile"));
        changes()
    }

    #[ns_test(
        user(ids = "auto"),
        mount(tmpfs = "/srv", prepared("/srv/data", fill, copy))
    )]
    fn copied() -> io::Result<()> {
        assert!(!mount_options("/srv/data").contains("overlay"));
        changes()
    }

    #[ns_test(
        user(ids = "auto"),
        mount(
            tmpfs = "/srv",
            prepared("/srv/data", fill, inputs("sandbox/prepared/input"))
        )
    )]
    fn with_an_input() -> io::Result<()> {
        changes()
    }

    /// Until it is killed.
    #[ns_test(
        user(ids = "auto"),
        mount(tmpfs = "/srv", prepared("/srv/data", fill, upper = "disk"))
    )]
    #[ignore = "for the check that kills it"]
    fn waits_on_disk() -> io::Result<()> {
        changes()?;
        count("waiting");
        loop {
            thread::park();
        }
    }

    /// The first time, until the check has killed the harness.
    fn fill_slowly(directory: &Path) -> io::Result<()> {
        private(directory, 1000)?;
        count("slow");
        let marker = env::var("PREPARED_LOG").expect("the check says where") + ".go-on";
        while !Path::new(&marker).exists() {
            thread::sleep(std::time::Duration::from_millis(10));
        }
        fs::write(directory.join("file"), "ids")
    }

    #[ns_test(
        user(ids = "auto"),
        mount(tmpfs = "/srv", prepared("/srv/data", fill_slowly))
    )]
    #[ignore = "for the check that kills it"]
    fn harness_is_killed() -> io::Result<()> {
        changes()
    }
}

mod command {
    use super::{Path, Sandbox, fs, io, ns_test};

    fn fill(directory: &Path) -> io::Result<()> {
        fs::write(directory.join("file"), "prepared")
    }

    /// The test's view, with its changes.
    #[ns_test(mount(tmpfs = "/srv", prepared("/srv/data", fill)))]
    fn sees_what_the_test_binds() -> Result<(), Box<dyn std::error::Error>> {
        fs::write("/srv/data/new", "changed")?;
        let sandbox = Sandbox::new().pid().bind("/srv/data", "/mnt");
        let mut cat = sandbox.command("cat");
        let output = cat.args(["/mnt/file", "/mnt/new"]).output()?;
        assert_eq!(output.stdout, b"preparedchanged", "{output:?}");
        Ok(())
    }
}

/// A file of more than half of the file system that the check provides: a copy does not fit.
mod large {
    use std::io::Write as _;

    use super::{Path, count, fs, io, mount_options, ns_test};

    const SIZE: u64 = 360 << 20;

    fn fill(directory: &Path) -> io::Result<()> {
        count("large");
        let mut file = fs::File::create(directory.join("large"))?;
        let chunk = vec![1; 1 << 20];
        (0..SIZE >> 20).try_for_each(|_| file.write_all(&chunk))
    }

    fn write_one_byte() -> io::Result<()> {
        let mut file = fs::OpenOptions::new().write(true).open("/srv/data/large")?;
        file.write_all(b"2")?;
        assert_eq!(file.metadata()?.len(), SIZE);
        Ok(())
    }

    #[ns_test(mount(tmpfs = "/srv", prepared("/srv/data", fill)))]
    #[ignore = "for the check that has a file system for it"]
    fn is_cloned_by_the_overlay() -> io::Result<()> {
        assert!(mount_options("/srv/data").contains("volatile"));
        write_one_byte()
    }

    #[ns_test(mount(tmpfs = "/srv", prepared("/srv/data", fill, copy)))]
    #[ignore = "for the check that has a file system for it"]
    fn is_cloned_by_the_copy() -> io::Result<()> {
        assert!(!mount_options("/srv/data").contains("overlay"));
        write_one_byte()
    }
}

mod time {
    use super::{Path, content, fs, io, ns_test, thread};

    fn slow(directory: &Path) -> io::Result<()> {
        thread::sleep(std::time::Duration::from_millis(1500));
        fs::write(directory.join("file"), "slow")
    }

    #[ns_test(timeout = "1s", mount(tmpfs = "/srv", prepared("/srv/data", slow)))]
    fn of_a_preparation_is_not_the_tests() -> io::Result<()> {
        content("slow")
    }
}

mod bad {
    use std::io::Write as _;

    use super::{Command, Path, content, count, env, fs, io, ns_test, thread};

    fn fill(_: &Path) {}

    fn panics(_: &Path) {
        count("panics");
        writeln!(io::stdout(), "about to panic").expect("it is captured");
        panic!("no database here");
    }

    #[ns_test(mount(tmpfs = "/srv", prepared("/srv/data", panics)))]
    fn panics_1() {}

    #[ns_test(mount(tmpfs = "/srv", prepared("/srv/data", panics)))]
    fn panics_2() {}

    fn fails(_: &Path) -> io::Result<()> {
        Err(io::Error::other("no such table"))
    }

    #[ns_test(mount(tmpfs = "/srv", prepared("/srv/data", fails)))]
    fn returns_an_error() {}

    #[expect(clippy::disallowed_methods, reason = "what the fixture is for")]
    fn exits(_: &Path) {
        std::process::exit(0);
    }

    #[ns_test(mount(tmpfs = "/srv", prepared("/srv/data", exits)))]
    fn exits_early() {}

    fn hangs(_: &Path) {
        loop {
            thread::park();
        }
    }

    #[ns_test(mount(tmpfs = "/srv", prepared("/srv/data", hangs, timeout = "300ms")))]
    fn hangs_for_ever() {}

    #[expect(clippy::zombie_processes, reason = "what the fixture is for")]
    fn leaves(_: &Path) {
        Command::new("sleep")
            .arg("600")
            .spawn()
            .expect("sleep runs");
    }

    #[ns_test(mount(tmpfs = "/srv", prepared("/srv/data", leaves)))]
    fn leaves_a_process() {}

    fn skips(_: &Path) {
        ns_test::skip!("no postgres here");
    }

    #[ns_test(mount(tmpfs = "/srv", prepared("/srv/data", skips)))]
    fn skips_itself() {}

    fn fills(directory: &Path) -> io::Result<()> {
        fs::write(directory.join("large"), vec![1; 64 << 20])
    }

    /// The check provides the disk: a small tmpfs.
    #[ns_test(mount(tmpfs = "/srv", prepared("/srv/data", fills)))]
    fn fills_the_disk() {}

    #[ns_test(mount(prepared("/not/there", fill)))]
    fn target_does_not_exist() {}

    #[ns_test(mount(tmpfs = "/srv", prepared("/srv/data", fill)))]
    fn fails_itself() {
        panic!("the report says when its directory was prepared");
    }

    #[ns_test(mount(
        tmpfs = "/srv",
        prepared("/srv/data", fill, upper = "memory"),
        overlay("sandbox", "/mnt", size = "1MiB")
    ))]
    fn fills_its_scratch() {
        let mut file = fs::File::create("/srv/data/large").expect("the overlay is writable");
        let chunk = vec![1; 16 << 20];
        for _ in 0..128 {
            file.write_all(&chunk).expect("2 GiB do not fit");
        }
    }

    fn signals(directory: &Path) -> io::Result<()> {
        count("signals");
        fs::write(directory.join("file"), "signals")?;
        // The first time, until the check has killed the harness.
        let marker = env::var("PREPARED_LOG").expect("the check says where") + ".go-on";
        while !Path::new(&marker).exists() {
            thread::sleep(std::time::Duration::from_millis(10));
        }
        Ok(())
    }

    #[ns_test(mount(tmpfs = "/srv", prepared("/srv/data", signals, upper = "disk")))]
    fn harness_is_killed() -> io::Result<()> {
        content("signals")
    }
}
