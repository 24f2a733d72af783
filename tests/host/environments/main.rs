//! Unusual surroundings of a run: closed streams, strange paths, minimal privileges. The usual
//! guarantees must hold: verdicts, captured output, exit status, and no leftovers.

mod paths;
mod process;
mod streams;

use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use ns_test_suite::fixture::{self, Check, Transcript, eventually};
use ns_test_suite::outer::Outer;
use ns_test_suite::{host, raw};

fn main() -> ExitCode {
    // Leftover processes of a run become children of this process, so the check sees them.
    raw::become_subreaper().expect("any process may");
    let arguments = Arguments {
        test_threads: Some(1),
        ..Arguments::from_args()
    };
    let trials = CHECKS.map(|(name, check)| {
        Trial::ignorable_test(name, move || {
            let place = Outer::write("host/environments/place", env!("CARGO_TARGET_TMPDIR"))?;
            check(&Binaries::of(&place)?)
        })
    });
    fixture::run_checks(&arguments, trials.into())
}

type CheckFunction = fn(&Binaries) -> Result<Completion, Failed>;

const CHECKS: [(&str, CheckFunction); 10] = [
    ("no_new_privileges", process::no_new_privileges),
    ("a_home_without_use", process::home),
    ("an_umask_that_takes_all", process::umask),
    ("a_caller_that_ignores_sigchld", process::ignored_children),
    ("a_closed_stdin", streams::stdin),
    ("closed_output", streams::output),
    ("a_reader_that_is_gone", streams::reader_is_gone),
    ("a_reader_that_goes", streams::reader_goes),
    ("a_path_with_spaces_and_no_text", paths::strange),
    ("a_tree_of_another_user", paths::foreign),
];

/// The crate's two test binaries, with libtest and without.
pub(crate) struct Binaries {
    pub(crate) place: std::path::PathBuf,
    pub(crate) both: [std::path::PathBuf; 2],
}

impl Binaries {
    fn of(place: &Outer) -> Result<Self, Failed> {
        let binary = |name: &str| place.binary(&["--test", name], &format!("tests/{name}.rs"));
        Ok(Self {
            place: place.directory.clone(),
            both: [binary("with_libtest")?, binary("without_libtest")?],
        })
    }

    /// Runs every binary as every kind of user that this process can become.
    fn commands(&self) -> impl Iterator<Item = Command> + '_ {
        let users = if host::is_real_root() { 2 } else { 1 };
        let pairs = self
            .both
            .iter()
            .flat_map(move |binary| (0..users).map(move |user| (binary, user)));
        pairs.map(|(binary, user)| {
            let mut command = Command::new("env");
            if user == 1 {
                command = Command::new("setpriv");
                command.args([
                    "--reuid=65534",
                    "--regid=65534",
                    "--clear-groups",
                    "--inh-caps=-all",
                ]);
            }
            command.arg(binary);
            self.prepare(&mut command);
            command
        })
    }

    /// Runs it from a shell that executes this script first.
    fn commands_after(&self, words: &str) -> impl Iterator<Item = Command> + '_ {
        let script = format!("{words}; exec \"$0\" \"$@\"");
        self.commands().map(move |command| {
            let mut shell = Command::new("sh");
            shell
                .args(["-c", &script])
                .arg(command.get_program())
                .args(command.get_args());
            self.prepare(&mut shell);
            shell
        })
    }

    fn prepare(&self, command: &mut Command) {
        command
            .current_dir(&self.place)
            .env("CARGO_MANIFEST_DIR", &self.place);
        fixture::forget_wishes(command);
    }
}

/// Runs it, and checks what must hold everywhere.
pub(crate) fn as_ever(command: &mut Command) -> Check {
    let run = Transcript::of(command);
    let verdicts = run
        .text
        .contains("test result: FAILED. 5 passed; 1 failed; 2 ignored");
    run.verify(verdicts && run.code == Some(101), "5 passed, 1 failed")?;
    let section = run
        .text
        .contains("to stdout\nto stderr\n\nthread 'cases::prints_and_panics'");
    run.verify(
        section && run.text.contains("for a reason"),
        "what the failed test has printed",
    )?;
    nothing_is_left()
}

/// Checks that no process of the run is left, not even a zombie.
pub(crate) fn nothing_is_left() -> Check {
    match raw::has_children() {
        true => {
            let gone = eventually(raw::reap_children);
            Err(format!("something is left of the run (it ended later: {gone})").into())
        }
        false => Ok(()),
    }
}

pub(crate) fn all(commands: impl Iterator<Item = Command>) -> Result<Completion, Failed> {
    for mut command in commands {
        as_ever(&mut command)?;
    }
    Ok(Completion::Completed)
}
