//! The arguments of `execve`, prepared before the clone, since the child must not allocate.

use std::env;
use std::ffi::{CString, OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
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
        let name = Subject::new(Path::new(program), None)?;
        let environment = environment(env, moves_tmpdir);
        let path = environment.iter().find(|(key, _)| key == "PATH");
        let candidates = candidates(program, path.map(|(_, value)| value.clone()))?;
        let mut words = vec![checked(program)?];
        for argument in arguments {
            words.push(checked(argument)?);
        }
        let mut variables = Vec::new();
        for (key, value) in environment {
            let variable = [key.as_bytes(), b"=", value.as_bytes()].concat();
            variables.push(checked(OsStr::from_bytes(&variable))?);
        }
        Ok(Self {
            name,
            candidates,
            arguments: words.into(),
            environment: variables.into(),
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
    let mut candidates = Vec::new();
    for directory in env::split_paths(&path) {
        candidates.push(checked(directory.join(program))?);
    }
    Ok(candidates)
}

fn checked(text: impl AsRef<OsStr>) -> Result<CString, SetupError> {
    c_string(text).map_err(|errno| {
        SetupError::new(Step::Execute, Call::Check, errno)
            .because("an argument or variable can't contain a NUL byte: remove it")
    })
}
