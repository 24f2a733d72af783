//! The command line: options first, then the program, which starts at the first other word.

use std::env;
use std::ffi::OsString;

/// An option by its long name, and the text after it.
pub(crate) type Given = (&'static str, Option<String>);

/// The kind of argument that an option takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Argument {
    None,
    /// Only after `=`, and not after a short option.
    Optional,
    Required,
}

type Known = (&'static str, Option<char>, Argument);

/// Every option of unshare(1) except `--version`.
const OPTIONS: &[Known] = &[
    ("user", Some('U'), Argument::Optional),
    ("mount", Some('m'), Argument::Optional),
    ("pid", Some('p'), Argument::Optional),
    ("net", Some('n'), Argument::Optional),
    ("ipc", Some('i'), Argument::Optional),
    ("uts", Some('u'), Argument::Optional),
    ("cgroup", Some('C'), Argument::Optional),
    ("time", Some('T'), Argument::Optional),
    ("map-root-user", Some('r'), Argument::None),
    ("map-current-user", Some('c'), Argument::None),
    ("map-user", None, Argument::Required),
    ("map-group", None, Argument::Required),
    ("map-users", None, Argument::Required),
    ("map-groups", None, Argument::Required),
    ("map-auto", None, Argument::None),
    ("map-subids", None, Argument::None),
    ("owner", None, Argument::Required),
    ("setgroups", None, Argument::Required),
    ("keep-caps", None, Argument::None),
    ("setuid", Some('S'), Argument::Required),
    ("setgid", Some('G'), Argument::Required),
    ("propagation", None, Argument::Required),
    ("mount-proc", None, Argument::Optional),
    ("mount-binfmt", None, Argument::Optional),
    ("load-interp", Some('l'), Argument::Required),
    ("root", Some('R'), Argument::Required),
    ("wd", Some('w'), Argument::Required),
    ("fork", Some('f'), Argument::None),
    ("kill-child", None, Argument::Optional),
    ("forward-signals", None, Argument::None),
    ("monotonic", None, Argument::Required),
    ("boottime", None, Argument::Required),
    ("clear-env", None, Argument::None),
    ("whitelist-env", None, Argument::Required),
    ("help", Some('h'), Argument::None),
];

pub(crate) fn help() -> String {
    let mut lines = "usage: unshare [OPTION..] [PROGRAM [ARGUMENT..]]\n\n".to_owned();
    for (name, letter, argument) in OPTIONS {
        let letter = letter.map_or_else(|| "   ".to_owned(), |letter| format!("-{letter},"));
        let argument = match argument {
            Argument::None => "",
            Argument::Optional => "[=..]",
            Argument::Required => " ..",
        };
        lines += &format!("  {letter} --{name}{argument}\n");
    }
    lines
}

/// The parsed command line.
pub(crate) struct Line {
    pub(crate) options: Vec<Given>,
    rest: Vec<OsString>,
}

impl Line {
    pub(crate) fn read(arguments: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let mut arguments = arguments.peekable();
        let mut options = Vec::new();
        while let Some(word) = arguments.next_if(|word| word.as_encoded_bytes().starts_with(b"-")) {
            let word = text(word)?;
            match word.strip_prefix("--") {
                Some("") => break,
                Some(name) => options.push(long(name, &mut arguments)?),
                None => letters(&word[1..], &mut options, &mut arguments)?,
            }
        }
        Ok(Self {
            options,
            rest: arguments.collect(),
        })
    }

    pub(crate) fn asks_for_help(&self) -> bool {
        self.options.iter().any(|(name, _)| *name == "help")
    }

    /// Returns the program and its arguments. The default program is the shell.
    pub(crate) fn program(self) -> (OsString, Vec<OsString>) {
        let mut words = self.rest.into_iter();
        let shell = || env::var_os("SHELL").unwrap_or_else(|| "/bin/sh".into());
        (words.next().unwrap_or_else(shell), words.collect())
    }
}

/// Parses `--name`, `--name=ARGUMENT`, `--name ARGUMENT`.
fn long(word: &str, rest: &mut impl Iterator<Item = OsString>) -> Result<Given, String> {
    let (name, value) = match word.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (word, None),
    };
    let (name, _, argument) = find(|(known, ..)| *known == name, &format!("--{name}"))?;
    match (argument, value) {
        (Argument::None, Some(_)) => Err(format!("--{name} takes no argument")),
        (Argument::Required, None) => Ok((name, Some(next(name, rest)?))),
        (_, value) => Ok((name, value)),
    }
}

/// Parses `-rm`, `-w ARGUMENT`, `-wARGUMENT`.
fn letters(
    word: &str,
    options: &mut Vec<Given>,
    rest: &mut impl Iterator<Item = OsString>,
) -> Result<(), String> {
    let mut letters = word.chars();
    while let Some(letter) = letters.next() {
        let is_it = |(_, known, _): &Known| *known == Some(letter);
        let (name, _, argument) = find(is_it, &format!("-{letter}"))?;
        let value = match (argument, letters.as_str()) {
            (Argument::None | Argument::Optional, _) => None,
            (Argument::Required, "") => Some(next(name, rest)?),
            (Argument::Required, _) => Some(letters.by_ref().collect()),
        };
        options.push((name, value));
    }
    Ok(())
}

fn find(is_it: impl Fn(&Known) -> bool, written: &str) -> Result<Known, String> {
    let known = OPTIONS.iter().find(|option| is_it(option)).copied();
    known.ok_or_else(|| format!("unknown option {written}: see --help"))
}

fn next(name: &str, rest: &mut impl Iterator<Item = OsString>) -> Result<String, String> {
    let missing = || format!("--{name} needs an argument");
    rest.next().ok_or_else(missing).and_then(text)
}

pub(crate) fn text(word: OsString) -> Result<String, String> {
    word.into_string()
        .map_err(|word| format!("{word:?} is not UTF-8"))
}
