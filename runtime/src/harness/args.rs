//! The command line, with libtest's options.
//!
//! libtest-mimic's own parser lacks several filters, `--no-capture` and shuffling, and exits with
//! another code than libtest. So this module fills in its `Arguments`.

use std::collections::VecDeque;
use std::env;
use std::ffi::OsString;
use std::thread;
use std::time::{Duration, SystemTime};

use libtest_mimic::{Arguments, ColorSetting, FormatSetting};

use crate::outcome::debug_options::DebugOptions;

/// The options of a run.
#[derive(Debug, Default)]
pub(crate) struct Invocation {
    /// The arguments for libtest-mimic, except the filters.
    pub(crate) arguments: Arguments,
    /// A test runs if its name matches any of these, or if there are none.
    pub(crate) filters: Vec<String>,
    pub(crate) help: bool,
    /// Whether to start no further test once one has failed.
    pub(crate) fail_fast: bool,
    /// The seed by which to shuffle the tests. `None`: they keep their order.
    pub(crate) shuffle: Option<u64>,
    /// `NS_TEST_TIMEOUT`: the timeout of tests that have none of their own.
    pub(crate) timeout: Option<Duration>,
    /// `NS_TEST_SLOW`: the time after which a test is reported as slow.
    pub(crate) slow: Option<Duration>,
    /// `NS_TEST_REFUSED=skip`: whether tests that the machine refuses are ignored.
    pub(crate) skip_refused: bool,
    /// `NS_TEST_PREPARE`: what to do with existing prepared directories.
    pub(crate) prepare: PrepareMode,
    /// `NS_TEST_DOCTOR=1`: whether to run no test, and print a table of what the machine supports.
    pub(crate) doctor: bool,
    /// Whether nextest has started this process for a single test, to judge by a variable and the
    /// options. It shows the output of a test only if the test fails.
    pub(crate) is_of_nextest: bool,
    /// What to do with the sandboxes of failed tests.
    pub(crate) debug: DebugOptions,
}

/// The values of `NS_TEST_PREPARE`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PrepareMode {
    /// Prepared directories are used as long as what they depend on is unchanged.
    #[default]
    Keep,
    /// Each is prepared once more in this run.
    Again,
    /// All are removed, and no test runs.
    Clean,
}

impl Invocation {
    /// Reads this process's arguments, and the variables that libtest and this crate read.
    pub(crate) fn of_this_process() -> Result<Self, String> {
        let not_text = |argument: OsString| {
            let argument = argument.to_string_lossy();
            format!("the argument `{argument}` is not valid UTF-8")
        };
        let mut arguments = VecDeque::new();
        for argument in env::args_os().skip(1) {
            arguments.push_back(argument.into_string().map_err(not_text)?);
        }
        let mut invocation = Self::parse(arguments, |name| env::var(name).ok())?;
        invocation.debug = DebugOptions::of_this_process();
        if invocation.debug.is_interactive() {
            invocation.arguments.test_threads = Some(1);
        }
        Ok(invocation)
    }

    /// Reads only the variables, for a process whose command line belongs to libtest.
    pub(super) fn of_variables() -> Result<Self, String> {
        let mut invocation = Self::parse(VecDeque::new(), |name| env::var(name).ok())?;
        invocation.debug = DebugOptions::of_this_process();
        Ok(invocation)
    }

    pub(super) fn parse(
        mut words: VecDeque<String>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let mut invocation = Self::default();
        while let Some(word) = words.pop_front() {
            match word
                .strip_prefix("--")
                .or_else(|| word.strip_prefix('-').filter(|rest| !rest.is_empty()))
            {
                Some("") => invocation.filters.extend(words.drain(..)),
                Some(option) => match option.split_once('=') {
                    Some((name, value)) => {
                        invocation.take(name, Some(value), &mut words)?;
                    }
                    None => invocation.take(option, None, &mut words)?,
                },
                None => invocation.filters.push(word),
            }
        }
        invocation.read_variables(variable)?;
        invocation.check()
    }

    /// Parses an option. Its value follows the `=`, or is the next argument.
    fn take(
        &mut self,
        name: &str,
        inline: Option<&str>,
        words: &mut VecDeque<String>,
    ) -> Result<(), String> {
        if let Some(switch) = self.switch(name) {
            *switch = true;
            return match inline {
                None => Ok(()),
                Some(_) => Err(format!("Option '{name}' does not take an argument")),
            };
        }
        let mut value = || {
            inline
                .map(ToOwned::to_owned)
                .or_else(|| words.pop_front())
                .ok_or(format!("Argument to option '{name}' missing"))
        };
        let arguments = &mut self.arguments;
        match name {
            "test-threads" => arguments.test_threads = Some(number(name, &value()?)?),
            "skip" => arguments.skip.push(value()?),
            "logfile" => arguments.logfile = Some(value()?),
            "color" => arguments.color = Some(color(&value()?)?),
            "format" => arguments.format = Some(format(&value()?)?),
            "shuffle" => self.shuffle = self.shuffle.or_else(|| Some(seed())),
            "shuffle-seed" => self.shuffle = Some(number(name, &value()?)?),
            // What it enables in libtest is enabled here anyway, or not available.
            "Z" => drop(value()?),
            "report-time" | "ensure-time" => {
                return Err(format!(
                    "--{name} is not supported; cargo nextest shows times"
                ));
            }
            _ => return Err(format!("Unrecognized option: '{name}'")),
        }
        Ok(())
    }

    fn switch(&mut self, name: &str) -> Option<&mut bool> {
        let arguments = &mut self.arguments;
        Some(match name {
            "include-ignored" => &mut arguments.include_ignored,
            "ignored" => &mut arguments.ignored,
            "list" => &mut arguments.list,
            "exact" => &mut arguments.exact,
            "q" | "quiet" => &mut arguments.quiet,
            "test" => &mut arguments.test,
            "bench" => &mut arguments.bench,
            "nocapture" | "no-capture" => &mut arguments.nocapture,
            "show-output" => &mut arguments.show_output,
            "h" | "help" => &mut self.help,
            "fail-fast" => &mut self.fail_fast,
            _ => return None,
        })
    }

    fn check(mut self) -> Result<Self, String> {
        let arguments = &mut self.arguments;
        if arguments.test_threads == Some(0) {
            return Err("argument for --test-threads must not be 0".to_owned());
        }
        if arguments.quiet && arguments.format.is_some() {
            return Err("The options --quiet and --format are mutually exclusive".to_owned());
        }
        if arguments.ignored && arguments.include_ignored {
            return Err(
                "the options --include-ignored and --ignored are mutually exclusive".to_owned(),
            );
        }
        let threads = || match self.is_of_nextest {
            // The main thread runs the test: two threads less to start.
            true => 1,
            false => thread::available_parallelism().map_or(1, Into::into),
        };
        arguments.test_threads = arguments.test_threads.or_else(|| Some(threads()));
        Ok(self)
    }
}

pub(super) fn number<N: std::str::FromStr>(name: &str, text: &str) -> Result<N, String>
where
    N::Err: std::fmt::Display,
{
    text.parse()
        .map_err(|error| format!("argument for --{name} must be a number >= 0 (error: {error})"))
}

fn color(text: &str) -> Result<ColorSetting, String> {
    match text {
        "auto" => Ok(ColorSetting::Auto),
        "always" => Ok(ColorSetting::Always),
        "never" => Ok(ColorSetting::Never),
        _ => Err(format!(
            "argument for --color must be auto, always, or never (was {text})"
        )),
    }
}

fn format(text: &str) -> Result<FormatSetting, String> {
    match text {
        "pretty" => Ok(FormatSetting::Pretty),
        "terse" => Ok(FormatSetting::Terse),
        "json" => Ok(FormatSetting::Json),
        _ => Err(format!(
            "argument for --format must be pretty, terse, or json (was {text})"
        )),
    }
}

/// Returns a seed that differs from run to run.
pub(super) fn seed() -> u64 {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    u64::from(now.subsec_nanos()) ^ now.as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Invocation, String> {
        Invocation::parse(
            line.split_whitespace().map(ToOwned::to_owned).collect(),
            |_| None,
        )
    }

    #[test]
    fn options_stand_anywhere_and_take_values_in_both_ways() {
        let invocation =
            parse("one --skip a --exact two --skip=b --test-threads=3 -q").expect("it is right");
        assert_eq!(invocation.filters, ["one", "two"]);
        assert_eq!(invocation.arguments.skip, ["a", "b"]);
        assert_eq!(invocation.arguments.test_threads, Some(3));
        assert!(invocation.arguments.exact && invocation.arguments.quiet);
    }

    #[test]
    fn what_follows_two_dashes_is_a_filter() {
        assert_eq!(parse("-- --list").expect("it is right").filters, ["--list"]);
    }

    #[test]
    fn mistakes_have_the_words_of_libtest() {
        for (line, words) in [
            ("--frob", "Unrecognized option: 'frob'"),
            ("--skip", "Argument to option 'skip' missing"),
            ("--list=yes", "Option 'list' does not take an argument"),
            (
                "--test-threads 0",
                "argument for --test-threads must not be 0",
            ),
            (
                "--test-threads x",
                "argument for --test-threads must be a number >= 0 (error: invalid digit found in string)",
            ),
            (
                "--color blue",
                "argument for --color must be auto, always, or never (was blue)",
            ),
            (
                "--ignored --include-ignored",
                "the options --include-ignored and --ignored are mutually exclusive",
            ),
        ] {
            assert_eq!(parse(line).expect_err("it is wrong"), words);
        }
    }
}
