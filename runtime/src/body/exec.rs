//! The arguments of `execve`, prepared before the clone, since the child must not allocate.

use std::env;
use std::ffi::{CString, OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use super::environment;
use crate::error::{Call, SetupError, Step, Subject};
use crate::request::spec::Env;
use crate::sys::{c_string, process};

/// The prepared arguments of `execve`.
#[derive(Debug)]
pub(crate) struct Program {
    /// The name as the caller gave it.
    pub(crate) name: Subject,
    /// The paths to try, in the order of `PATH`.
    pub(crate) candidates: Vec<CString>,
    pub(crate) arguments: process::Strings,
    pub(crate) environment: process::Strings,
}

impl Program {
    pub(crate) fn new(
        program: &OsStr,
        arguments: &[OsString],
        env: &Env,
        moves_tmpdir: bool,
    ) -> Result<Self, SetupError> {
        let all = std::iter::once(program).chain(arguments.iter().map(OsString::as_os_str));
        let environment = environment(env, moves_tmpdir);
        let path = environment
            .iter()
            .find(|(key, _)| key == "PATH")
            .map(|(_, value)| value.clone());
        let joined = environment
            .into_iter()
            .map(|(key, value)| [key.into_vec(), b"=".to_vec(), value.into_vec()].concat());
        Ok(Self {
            name: Subject::new(Path::new(program), None)?,
            candidates: candidates(program, path)?,
            arguments: all.map(checked).collect::<Result<Vec<_>, _>>()?.into(),
            environment: joined
                .map(|line| checked(OsStr::from_bytes(&line)))
                .collect::<Result<Vec<_>, _>>()?
                .into(),
        })
    }
}

fn environment(asked: &Env, moves_tmpdir: bool) -> Vec<(OsString, OsString)> {
    let mut all: Vec<_> = env::vars_os().collect();
    for (key, value) in environment::changes(asked, moves_tmpdir) {
        all.retain(|(old, _)| *old != key);
        all.extend(value.map(|value| (key, value)));
    }
    all
}

/// Returns the paths to try, as `execvp(3)` does: a name with a slash is a path, and any other is
/// searched in `PATH`.
fn candidates(program: &OsStr, path: Option<OsString>) -> Result<Vec<CString>, SetupError> {
    if program.as_bytes().contains(&b'/') {
        return Ok(vec![checked(program)?]);
    }
    let path = path.unwrap_or_else(|| "/bin:/usr/bin".into());
    env::split_paths(&path)
        .map(|directory| checked(directory.join(program)))
        .collect()
}

fn checked(text: impl AsRef<OsStr>) -> Result<CString, SetupError> {
    c_string(text).map_err(|errno| {
        SetupError::new(Step::Execute, Call::Check, errno)
            .because("an argument or variable can't contain a NUL byte: remove it")
    })
}
