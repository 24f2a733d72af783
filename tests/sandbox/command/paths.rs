//! Paths, names and values that are not UTF-8, and paths that can't be.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::ops::Deref;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use ns_test::{Call, Sandbox, SetupError, Step};

use super::{shell, text};

pub(crate) const CHECKS: &[(&str, fn())] = &[
    (
        "paths::binds_show_such_a_directory_at_such_a_target",
        binds_show_such_a_directory_at_such_a_target,
    ),
    (
        "paths::tmpfs_and_ro_take_such_a_directory",
        tmpfs_and_ro_take_such_a_directory,
    ),
    (
        "paths::the_root_may_be_such_a_directory",
        the_root_may_be_such_a_directory,
    ),
    (
        "paths::programs_arguments_and_variables_are_any_bytes",
        programs_arguments_and_variables_are_any_bytes,
    ),
    (
        "paths::a_variable_with_such_a_name_is_kept",
        a_variable_with_such_a_name_is_kept,
    ),
    (
        "paths::an_error_has_the_path_and_shows_it_escaped",
        an_error_has_the_path_and_shows_it_escaped,
    ),
    (
        "paths::a_nul_in_a_path_is_an_error_of_the_request",
        a_nul_in_a_path_is_an_error_of_the_request,
    ),
];

pub(crate) const OF_OVERLAYS: &[(&str, fn())] = &[
    (
        "paths::overlays_show_and_cover_such_directories",
        overlays_show_and_cover_such_directories,
    ),
    (
        "paths::an_overlay_that_the_kernel_refuses_is_explained_for_such_a_path",
        an_overlay_that_the_kernel_refuses_is_explained_for_such_a_path,
    ),
];

/// "möbel" in ISO 8859-1, as on an old disk.
const NAME: &[u8] = b"m\xf6bel";

/// Makes a directory of this test, with a file `one` in it.
fn directory(test: &str) -> Directory {
    let name = format!("ns-test-paths-{test}-{}", std::process::id());
    let parent = env::temp_dir().join(name);
    let path = parent.join(OsStr::from_bytes(NAME));
    fs::create_dir_all(&path).expect("the file system takes such names");
    fs::write(path.join("one"), "1\n").expect("it was made");
    Directory { parent, path }
}

/// A directory of one test, which is removed at its end.
struct Directory {
    parent: PathBuf,
    path: PathBuf,
}

impl Deref for Directory {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.path
    }
}

impl AsRef<Path> for Directory {
    fn as_ref(&self) -> &Path {
        self
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.parent);
    }
}

/// Returns this path inside: `/mnt/` and a name that is not UTF-8.
fn target() -> &'static Path {
    Path::new(OsStr::from_bytes(b"/mnt/\xff\xfe"))
}

fn in_target(script: &str) -> OsString {
    let script = [b"cd /mnt/\xff\xfe && ", script.as_bytes()].concat();
    OsString::from_vec(script)
}

fn shell_in_target(sandbox: &Sandbox, script: &str) -> String {
    let mut shell = sandbox.command("sh");
    text(
        &shell
            .arg("-c")
            .arg(in_target(script))
            .output()
            .expect("it can be made"),
    )
}

fn binds_show_such_a_directory_at_such_a_target() {
    let directory = directory("bind");
    let lab = Sandbox::new().tmpfs("/mnt");
    let writable = lab.clone().bind(&directory, target());
    assert_eq!(shell_in_target(&writable, "cat one; echo 2 > two"), "1\n");
    let read_only = lab.bind_ro(directory.as_os_str(), target().as_os_str());
    assert_eq!(
        shell_in_target(&read_only, "cat two; touch three 2> /dev/null || echo no"),
        "2\nno\n"
    );
}

fn overlays_show_and_cover_such_directories() {
    let directory = directory("overlay");
    let lab = Sandbox::new()
        .tmpfs("/mnt")
        .overlay_of([&directory], target());
    assert_eq!(shell_in_target(&lab, "echo 2 >> one; cat one"), "1\n2\n");
    let sized = Sandbox::new().tmpfs("/mnt");
    let sized = sized.overlay_with([&directory], target(), 1 << 20);
    assert_eq!(shell_in_target(&sized, "rm one; ls"), "");
    let in_place = Sandbox::new()
        .host_tmp()
        .overlay(&directory)
        .cwd(&directory);
    assert_eq!(shell(&in_place, "rm one; ls"), "");
    let kept = fs::read_to_string(directory.join("one"));
    assert_eq!(kept.expect("it is the host's"), "1\n");
}

fn tmpfs_and_ro_take_such_a_directory() {
    let directory = directory("tmpfs");
    let covered = Sandbox::new().host_tmp().tmpfs(&directory).cwd(&directory);
    assert_eq!(shell(&covered, "ls; touch two; ls"), "two\n");
    let sized = Sandbox::new()
        .host_tmp()
        .tmpfs_with(&directory, 1 << 20, 0o700);
    assert_eq!(shell(&sized.cwd(&directory), "stat -c %a ."), "700\n");
    let read_only = Sandbox::new().host_tmp().ro(&directory).cwd(&directory);
    let script = "cat one; touch two 2> /dev/null || echo no";
    assert_eq!(shell(&read_only, script), "1\nno\n");
}

fn the_root_may_be_such_a_directory() {
    let directory = directory("root");
    for name in ["usr", "dev", "proc"] {
        fs::create_dir(directory.join(name)).expect("it is new");
    }
    for name in ["bin", "lib", "lib64"] {
        symlink(format!("usr/{name}"), directory.join(name)).expect("it is new");
    }
    let lab = Sandbox::new().root(&directory).bind_ro("/usr", "/usr");
    assert_eq!(shell(&lab, "pwd; cat /one"), "/\n1\n");
}

fn programs_arguments_and_variables_are_any_bytes() {
    let directory = directory("program");
    let program = directory.join(OsStr::from_bytes(b"\xfe"));
    symlink("/bin/sh", &program).expect("it is new");
    let script = "printf '%s\\n' \"$1\" \"$WHERE\"; pwd";
    let mut command = Sandbox::new()
        .user()
        .env("WHERE", &*directory)
        .cwd(&*directory)
        .command(&program);
    let output = command.args(["-c", script, "sh"]).arg(&*directory).output();
    let output = output.expect("it can be made");
    let line = [directory.as_os_str().as_bytes(), b"\n"].concat();
    assert_eq!(output.stdout, line.repeat(3), "{output:?}");
}

fn a_variable_with_such_a_name_is_kept() {
    let name = OsStr::from_bytes(b"NS_TEST_SUITE_\xff");
    let lab = Sandbox::new().user().env_keep("PATH").env(name, "kept");
    let again = lab.clone().env_keep(name);
    for sandbox in [lab, again] {
        let output = sandbox.command("env").output().expect("it can be made");
        let has = output.stdout.split(|byte| *byte == b'\n');
        let line = [name.as_bytes(), b"=kept"].concat();
        assert_eq!(has.filter(|found| **found == line).count(), 1, "{output:?}");
    }
}

fn an_error_has_the_path_and_shows_it_escaped() {
    let written = Path::new(OsStr::from_bytes(b"not/th\xe8re\n"));
    let error = failure(&Sandbox::new().bind(written, "/mnt"));
    let whole = Path::new(env!("CARGO_MANIFEST_DIR")).join(written);
    assert_eq!(error.step(), Step::FindSource);
    assert_eq!(error.path(), Some(whole.as_path()));
    assert_eq!(error.asked(), Some(written.as_os_str()));
    let shown = error.to_string();
    assert!(shown.contains(r"/not/th\xE8re\n): ENOENT"), "{shown}");
    assert!(shown.ends_with(r"; given as `not/th\xE8re\n`"), "{shown}");
}

fn an_overlay_that_the_kernel_refuses_is_explained_for_such_a_path() {
    let directory = directory("rule");
    let file = directory.join("one");
    let error = failure(&Sandbox::new().overlay_of([&file], "/mnt"));
    let shown = error.to_string();
    assert_eq!(error.step(), Step::MountOverlay, "{shown}");
    assert!(
        shown.contains(r"m\xF6bel/one is not a directory"),
        "{shown}"
    );
}

/// The same error comes from every method that takes a path.
fn a_nul_in_a_path_is_an_error_of_the_request() {
    let new = Sandbox::new;
    let bad = Path::new("/mnt/a\0b");
    let requests = [
        new().tmpfs(bad),
        new().tmpfs_with(bad, 1 << 20, 0o700),
        new().bind(bad, "/mnt"),
        new().bind("/usr", bad),
        new().bind_ro(bad, "/mnt"),
        new().bind_ro("/usr", bad),
        new().ro(bad),
        new().overlay(bad),
        new().overlay_of([bad], "/mnt"),
        new().overlay_of(["/usr"], bad),
        new().overlay_with([bad], "/mnt", 1 << 20),
        new().root(bad),
        new().user().cwd(bad),
    ];
    for sandbox in requests {
        let error = failure(&sandbox);
        assert_eq!(
            (error.step(), error.call()),
            (Step::Prepare, Call::Check),
            "{error} of {sandbox:?}"
        );
        let shown = error.to_string();
        assert!(shown.contains(r"/mnt/a\0b"), "{shown}");
        assert!(shown.contains("NUL byte"), "{shown}");
    }
    let program = Sandbox::new().user().command(bad).status();
    let program = program.expect_err("the path is none");
    assert_eq!(program.call(), Call::Check, "{program}");
}

fn failure(sandbox: &Sandbox) -> SetupError {
    let status = sandbox.command("true").status();
    status.expect_err("it can't be made")
}
