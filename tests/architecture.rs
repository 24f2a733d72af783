//! The arrows of ARCHITECTURE.md, held against the `use` lines of the code: who may import whom.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use ns_test_suite::fixture::Check;

/// A part of the runtime (the first name below `crate::`), and the parts that it may use.
#[rustfmt::skip]
const ARROWS: &[(&str, &[&str])] = &[
    ("lib", &["builder", "case", "command", "elsewhere", "error", "harness", "limited", "probe", "skip", "spec"]),
    ("elsewhere", &["case", "test"]),
    ("harness", &["aftermath", "builder", "case", "elsewhere", "error", "launcher", "oom", "probe", "registry", "report", "server", "sys", "test", "verdict", "watch", "worker"]),
    ("serial", &["error", "sys"]),
    ("server", &["error", "launcher", "sys", "test"]),
    ("worker", &["ending", "error", "launcher", "oom", "output", "quota", "serial", "sys", "test", "verdict", "watch", "wire"]),
    ("watch", &["aftermath", "inspect", "launcher", "output", "sys", "test", "verdict", "wire"]),
    ("aftermath", &["state"]),
    ("state", &[]),
    ("quota", &["error", "sys", "wire"]),
    ("ending", &["sys"]),
    ("inspect", &[]),
    ("oom", &[]),
    ("output", &[]),
    ("verdict", &["case", "error", "inspect", "sys", "test", "wire"]),
    ("report", &["aftermath", "case", "inspect", "probe", "server", "sys", "test", "verdict", "wire", "worker"]),
    ("launcher", &["error", "inherited", "init", "place", "sandbox", "sys", "test", "wire"]),
    ("command", &["builder", "error", "inherited", "init", "place", "sandbox", "spec", "sys", "variables", "wire"]),
    ("init", &["body", "command", "error", "inherited", "sandbox", "strays", "sys", "test", "wire"]),
    ("inherited", &["error", "sys"]),
    ("strays", &["error", "sys", "wire"]),
    ("body", &["command", "error", "inherited", "limited", "sandbox", "skip", "spec", "sys", "test", "variables", "verdict", "wire"]),
    ("sandbox", &["delegation", "error", "limited", "place", "spec", "sys"]),
    ("wire", &["error", "sys"]),
    ("probe", &["error", "init", "place", "sandbox", "spec", "sys", "wire"]),
    ("registry", &["case", "sys"]),
    ("test", &["builder", "case", "manifest", "spec"]),
    ("builder", &["command", "manifest", "probe", "spec"]),
    ("manifest", &[]),
    ("case", &["spec"]),
    ("place", &["delegation", "error", "sys"]),
    ("delegation", &["error", "sys"]),
    ("error", &["sys"]),
    ("limited", &[]),
    ("skip", &[]),
    ("spec", &[]),
    ("variables", &["spec"]),
    ("sys", &[]),
];

fn main() -> ExitCode {
    let trials = vec![
        Trial::test("imports_follow_the_arrows", imports_follow_the_arrows),
        Trial::test(
            "namespaces_do_not_know_each_other",
            namespaces_do_not_know_each_other,
        ),
        Trial::test(
            "unsafe_stays_behind_the_fence",
            unsafe_stays_behind_the_fence,
        ),
        Trial::test("every_part_has_its_arrows", every_part_has_its_arrows),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// The source files of the runtime, and the text of each.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/src");
    let mut files = Vec::new();
    collect(&root, &root, &mut files);
    files
}

fn collect(root: &Path, directory: &Path, files: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(directory)
        .expect("the sources are there")
        .flatten()
    {
        let path = entry.path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let inside = path.strip_prefix(root).expect("it lies below").to_owned();
            files.push((inside, fs::read_to_string(&path).expect("it is text")));
        }
    }
}

/// The part of the runtime that a file belongs to: its name, or that of the directory.
fn part(file: &Path) -> String {
    let first = file.iter().next().expect("a path is not empty");
    Path::new(first).with_extension("").display().to_string()
}

/// The parts that the text imports or names: what stands behind `crate::`, also in braces.
fn imports(text: &str) -> BTreeSet<String> {
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    // `$crate::` stands in macros, for users.
    let code = code.collect::<Vec<_>>().join("\n").replace("$crate::", "");
    let places = code
        .match_indices("crate::")
        .map(|(at, word)| &code[at + word.len()..]);
    let names = places.map(|rest| {
        rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
            .next()
    });
    names
        .flatten()
        .filter(|name| !name.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}

fn failed_unless_empty(mistakes: &[String]) -> Check {
    if mistakes.is_empty() {
        Ok(())
    } else {
        Err(mistakes.join("\n").into())
    }
}

fn imports_follow_the_arrows() -> Check {
    let mut mistakes = Vec::new();
    for (file, text) in sources() {
        let part = part(&file);
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == part) else {
            continue;
        };
        for import in imports(&text) {
            if import != part && !allowed.contains(&import.as_str()) {
                mistakes.push(format!(
                    "{} imports `{import}`, which `{part}` may not",
                    file.display()
                ));
            }
        }
    }
    failed_unless_empty(&mistakes)
}

fn namespaces_do_not_know_each_other() -> Check {
    let mut mistakes = Vec::new();
    for (file, text) in sources() {
        let inside = file
            .strip_prefix("sandbox")
            .ok()
            .filter(|inside| *inside != Path::new("mod.rs"));
        if inside.is_some() && text.contains("crate::sandbox") {
            mistakes.push(format!("{} knows of its neighbours", file.display()));
        }
    }
    failed_unless_empty(&mistakes)
}

fn unsafe_stays_behind_the_fence() -> Check {
    let is_raw = |line: &&str| {
        !line.trim_start().starts_with("//")
            && (line.contains("unsafe {") || line.contains("libc::") || line.contains("::libc"))
    };
    let outside = sources()
        .into_iter()
        .filter(|(file, _)| !file.starts_with("sys"));
    let mistakes: Vec<String> = outside
        .filter_map(|(file, text)| {
            Some(format!(
                "{}: `{}`",
                file.display(),
                text.lines().find(is_raw)?
            ))
        })
        .collect();
    failed_unless_empty(&mistakes)
}

fn every_part_has_its_arrows() -> Check {
    let parts: BTreeSet<String> = sources().iter().map(|(file, _)| part(file)).collect();
    let listed: BTreeSet<String> = ARROWS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mistakes: Vec<String> = parts
        .symmetric_difference(&listed)
        .map(|name| format!("`{name}` is only in one of both"))
        .collect();
    failed_unless_empty(&mistakes)
}
