//! The compiler's messages for mistakes in the attribute: each file of `ui/` has one mistake, and
//! its `.stderr` has the messages.
//!
//! One cargo call checks all of them. `NS_TEST_BLESS=1` writes the messages anew. The files of
//! `ui/pass/` must compile without a message, in every edition, with libtest and without.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs, io};

use libtest_mimic::{Arguments, Failed, Trial};

const SUITE: &str = env!("CARGO_MANIFEST_DIR");
const EDITIONS: [&str; 3] = ["2018", "2021", "2024"];

/// The compiler's messages, file by file.
type Answers = BTreeMap<String, String>;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments = Arguments::from_args();
    let (mistakes, sound) = (sources("output/ui")?, sources("output/ui/pass")?);
    let mut answers = match arguments.list {
        true => Answers::new(),
        false => check(&project(&mistakes, &sound)?)?,
    };
    let mut trials = Vec::new();
    for source in mistakes {
        let answer = answers.remove(&stem(&source)).unwrap_or_default();
        trials.push(Trial::test(stem(&source), move || {
            compare(&source, &answer)
        }));
    }
    for source in sound {
        let name = format!("pass/{}", stem(&source));
        let answer = answers.remove(&stem(&source)).unwrap_or_default();
        let silent = move || answer.is_empty().then_some(()).ok_or(answer.into());
        trials.push(Trial::test(name, silent));
    }
    Ok(ns_test_suite::fixture::run_checks(&arguments, trials))
}

fn compare(source: &Path, answer: &str) -> Result<(), Failed> {
    let expected = source.with_extension("stderr");
    if answer.is_empty() {
        return Err("this compiles, but it has a mistake".into());
    }
    if env::var_os("NS_TEST_BLESS").is_some() {
        return Ok(fs::write(expected, answer)?);
    }
    match fs::read_to_string(&expected) {
        Ok(expected) if expected == answer => Ok(()),
        Ok(expected) => Err(format!("expected:\n{expected}\nfound:\n{answer}").into()),
        Err(error) => Err(format!("{}: {error}\nfound:\n{answer}", expected.display()).into()),
    }
}

/// Writes a package for each edition, with a target for each file.
fn project(mistakes: &[PathBuf], sound: &[PathBuf]) -> io::Result<PathBuf> {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ui");
    for edition in EDITIONS {
        let mut manifest = format!(
            "[package]\nname = 'ui-{edition}'\nedition = '{edition}'\n\n[dependencies]\nns-test.path = '{SUITE}/../runtime'\n"
        );
        if edition == EDITIONS[2] {
            manifest.extend(
                mistakes
                    .iter()
                    .map(|source| target(&stem(source), source, false)),
            );
        }
        for source in sound {
            let name = format!("{}-{edition}", stem(source));
            manifest += &target(&name, source, false);
            manifest += &target(&format!("{name}-libtest"), source, true);
        }
        let package = root.join(edition);
        fs::create_dir_all(package.join("src"))?;
        fs::write(package.join("src/lib.rs"), "")?;
        fs::write(package.join("Cargo.toml"), manifest)?;
    }
    let workspace = format!("[workspace]\nresolver = '3'\nmembers = {EDITIONS:?}\n");
    fs::write(root.join("Cargo.toml"), workspace)?;
    fs::copy(
        Path::new(SUITE).join("../Cargo.lock"),
        root.join("Cargo.lock"),
    )?;
    Ok(root)
}

fn target(name: &str, source: &Path, harness: bool) -> String {
    let path = source.display();
    format!("\n[[test]]\nname = '{name}'\npath = '{path}'\nharness = {harness}\n")
}

fn check(project: &Path) -> Result<Answers, Box<dyn Error>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "check",
            "--workspace",
            "--tests",
            "--offline",
            "--keep-going",
        ])
        .args(["--message-format=json", "--target-dir=target"])
        .env_remove("RUSTFLAGS")
        .current_dir(project)
        .output()?;
    let mut answers = Answers::new();
    for line in String::from_utf8(output.stdout)?.lines() {
        let Some((target, message)) = line.split_once(r#""message":{"#) else {
            continue;
        };
        let source = string(target, "src_path").ok_or("a message without a source")?;
        let rendered = string(message, "rendered").ok_or("a message without words")?;
        let ours = Path::new(&source).starts_with(Path::new(SUITE).join("output/ui"));
        if !ours && rendered.starts_with("error") {
            return Err(rendered.into());
        }
        if ours && rendered.contains("-->") {
            let rendered = rendered.replace(&format!("{SUITE}/output/ui/"), "");
            *answers.entry(stem(Path::new(&source))).or_default() += &lasting(&rendered);
        }
    }
    match answers.is_empty() {
        true => Err(String::from_utf8_lossy(&output.stderr).into()),
        false => Ok(answers),
    }
}

/// Removes what differs between versions of rustc. An error with a code is rustc's own, whose
/// layout and explanation differ. The width of its margin depends on the line numbers of files
/// outside the test.
fn lasting(rendered: &str) -> String {
    let lines = rendered.lines();
    if !rendered.starts_with("error[") {
        return lines.map(|line| format!("{line}\n")).collect();
    }
    let lines = lines.take(2).map(str::trim_start);
    lines.map(|line| format!("{line}\n")).collect()
}

/// Returns the first string with this key in a line of JSON.
fn string(json: &str, key: &str) -> Option<String> {
    let (_, rest) = json.split_once(&format!(r#""{key}":""#))?;
    let (mut text, mut rest) = (String::new(), rest.chars());
    loop {
        let character = match rest.next()? {
            '"' => return Some(text),
            '\\' => match rest.next()? {
                'n' => '\n',
                't' => '\t',
                'u' => {
                    let digits: String = rest.by_ref().take(4).collect();
                    char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?
                }
                escaped => escaped,
            },
            character => character,
        };
        text.push(character);
    }
}

fn sources(directory: &str) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(Path::new(SUITE).join(directory))?;
    let paths: io::Result<Vec<PathBuf>> = entries.map(|entry| Ok(entry?.path())).collect();
    let mut paths = paths?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    paths.sort();
    Ok(paths)
}

fn stem(source: &Path) -> String {
    source
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
