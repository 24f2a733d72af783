//! Code that depends on variables, the working directory and limits.
//!
//! Without namespaces: all three belong to the process that the tests share. So `set_var` is
//! unsafe, `set_current_dir` races, and a lowered limit affects every test.
//!
//! With ns-test each test is a process, and the attribute sets its initial state.

use std::env;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use ns_test::ns_test;

/// The code under test: finds the directory of a user's settings.
fn settings() -> Option<PathBuf> {
    let or_home = || Some(PathBuf::from(env::var_os("HOME")?).join(".config"));
    Some(
        env::var_os("XDG_CONFIG_HOME")
            .map(PathBuf::from)
            .or_else(or_home)?
            .join("toy"),
    )
}

#[ns_test(user, env(clear), env("HOME", "/home/ann"))]
fn settings_are_at_home() {
    assert_eq!(
        settings().as_deref(),
        Some(Path::new("/home/ann/.config/toy"))
    );
}

#[ns_test(user, env("HOME", "/home/ann"), env("XDG_CONFIG_HOME", "/srv/ann"))]
fn settings_may_be_elsewhere() {
    assert_eq!(settings().as_deref(), Some(Path::new("/srv/ann/toy")));
}

#[ns_test(user, env(clear))]
fn settings_may_be_nowhere() {
    assert_eq!(settings(), None);
}

/// More code under test: finds the project that contains the working directory.
fn project() -> io::Result<PathBuf> {
    let here = env::current_dir()?;
    let found = here
        .ancestors()
        .find(|directory| directory.join("toy.project").exists());
    found
        .map(Path::to_owned)
        .ok_or_else(|| ErrorKind::NotFound.into())
}

#[ns_test(user, cwd = "tests/fixtures/project/src")]
fn a_project_is_found_from_below() -> io::Result<()> {
    assert!(project()?.ends_with("tests/fixtures/project"));
    Ok(())
}

#[ns_test(mount, cwd = "/tmp")]
fn outside_of_a_project_there_is_none() {
    assert_eq!(
        project().expect_err("/tmp is empty").kind(),
        ErrorKind::NotFound
    );
}

/// More code under test: opens all files, or names the one that failed.
fn open_all(paths: &[PathBuf]) -> Result<Vec<File>, (PathBuf, io::Error)> {
    paths
        .iter()
        .map(|path| File::open(path).map_err(|error| (path.clone(), error)))
        .collect()
}

#[ns_test(mount, limit(files = 16))]
fn too_many_files_are_reported() -> io::Result<()> {
    let paths: Vec<PathBuf> = (10..30)
        .map(|number| format!("/tmp/{number}").into())
        .collect();
    paths.iter().try_for_each(|path| fs::write(path, ""))?;
    let (path, _) = open_all(&paths).expect_err("20 and stdin, stdout, stderr are more than 16");
    assert_eq!(path, Path::new("/tmp/23"));
    Ok(())
}

ns_test::main!();
