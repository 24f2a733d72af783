//! A tool that mounts.
//!
//! Without namespaces: mounting requires root, two tests can't use one mount point, and a test that
//! crashes leaves its mounts on the machine.
//!
//! `mount` gives the test a mount tree of its own, and an empty /tmp to mount in.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::Command;

use ns_test::ns_test;

/// The code under test: a RAM disk that exists as long as the value.
struct RamDisk {
    at: PathBuf,
}

impl RamDisk {
    fn new(at: &Path, size: &str) -> io::Result<Self> {
        fs::create_dir_all(at)?;
        let options = format!("size={size},mode=700");
        run(Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "ramdisk"])
            .arg(at))?;
        Ok(Self { at: at.to_owned() })
    }
}

impl Drop for RamDisk {
    fn drop(&mut self) {
        let _ = run(Command::new("umount").arg(&self.at));
    }
}

fn run(command: &mut Command) -> io::Result<()> {
    let status = command.status()?;
    status
        .success()
        .then_some(())
        .ok_or_else(|| io::Error::other(format!("{command:?}: {status}")))
}

fn is_mounted(at: &str) -> io::Result<bool> {
    let mounts = fs::read_to_string("/proc/self/mounts")?;
    Ok(mounts
        .lines()
        .any(|line| line.split(' ').nth(1) == Some(at)))
}

#[ns_test(mount)]
fn a_disk_is_as_large_as_asked() -> io::Result<()> {
    let _disk = RamDisk::new(Path::new("/tmp/disk"), "1m")?;
    fs::write("/tmp/disk/half", vec![0; 512 << 10])?;
    let full = fs::write("/tmp/disk/more", vec![0; 1 << 20]).expect_err("1 MiB is full by now");
    assert_eq!(full.kind(), ErrorKind::StorageFull);
    Ok(())
}

#[ns_test(mount)]
fn a_disk_is_gone_when_dropped() -> io::Result<()> {
    fs::create_dir("/tmp/disk")?;
    fs::write("/tmp/disk/below", "still here")?;
    let disk = RamDisk::new(Path::new("/tmp/disk"), "1m")?;
    assert!(is_mounted("/tmp/disk")?);
    assert!(!Path::new("/tmp/disk/below").exists());
    drop(disk);
    assert!(!is_mounted("/tmp/disk")?);
    assert_eq!(fs::read_to_string("/tmp/disk/below")?, "still here");
    Ok(())
}

#[ns_test(mount)]
fn a_forgotten_disk_does_not_matter() -> io::Result<()> {
    // No umount: the mount ends with the test.
    std::mem::forget(RamDisk::new(Path::new("/tmp/disk"), "1m")?);
    assert!(is_mounted("/tmp/disk")?);
    Ok(())
}

ns_test::main!();
