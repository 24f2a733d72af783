//! The environment variables of libtest and of this crate. A command-line option takes precedence.

use libtest_mimic::Arguments;

#[cfg(target_os = "linux")]
use crate::launcher::optimizations::{self, Optimization};

use super::args::{Invocation, PrepareMode, number, seed};
use super::duration;

/// Set by nextest for the processes of its run.
pub(super) const NEXTEST_RUN: &str = "NEXTEST_RUN_ID";

impl Invocation {
    pub(super) fn read_variables(
        &mut self,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<(), String> {
        let arguments = &mut self.arguments;
        if let (None, Some(text)) = (arguments.test_threads, variable("RUST_TEST_THREADS")) {
            let wrong = || format!("RUST_TEST_THREADS is `{text}`, should be a positive integer.");
            arguments.test_threads = Some(
                text.parse()
                    .ok()
                    .filter(|count| *count > 0)
                    .ok_or_else(wrong)?,
            );
        }
        let is_on = |name: &str| variable(name).is_some_and(|value| value != "0");
        arguments.nocapture |= is_on("RUST_TEST_NOCAPTURE");
        if is_on("RUST_TEST_SHUFFLE") {
            self.shuffle = self.shuffle.or_else(|| Some(seed()));
        }
        if let Some(text) = variable("RUST_TEST_SHUFFLE_SEED") {
            self.shuffle = self
                .shuffle
                .or(Some(number("RUST_TEST_SHUFFLE_SEED", &text)?));
        }
        #[cfg(target_os = "linux")]
        Optimization::check(&variable(optimizations::VARIABLE).unwrap_or_default())?;
        self.is_of_nextest = variable(NEXTEST_RUN).is_some() && self.is_for_one_test();
        self.doctor = is_on("NS_TEST_DOCTOR");
        self.skip_refused = skips_refused(variable("NS_TEST_REFUSED").as_deref())?;
        self.prepare = PrepareMode::read(variable("NS_TEST_PREPARE").as_deref())?;
        let time = |name: &str| match variable(name) {
            Some(text) => duration::parse(&text)
                .map(Some)
                .map_err(|why| format!("{name} is `{text}`: {why}")),
            None => Ok(None),
        };
        (self.timeout, self.slow) = (time("NS_TEST_TIMEOUT")?, time("NS_TEST_SLOW")?);
        Ok(())
    }
}

impl Invocation {
    /// Returns whether the options are those that nextest passes. Programs that a test executes
    /// inherit the variable, but rarely have these options.
    fn is_for_one_test(&self) -> bool {
        let Arguments {
            exact, nocapture, ..
        } = self.arguments;
        exact && nocapture && self.filters.len() == 1
    }
}

impl PrepareMode {
    fn read(variable: Option<&str>) -> Result<Self, String> {
        match variable {
            None | Some("") => Ok(Self::Keep),
            Some("again") => Ok(Self::Again),
            Some("clean") => Ok(Self::Clean),
            Some(other) => Err(format!(
                "NS_TEST_PREPARE is `{other}`, should be `again` or `clean`"
            )),
        }
    }
}

fn skips_refused(variable: Option<&str>) -> Result<bool, String> {
    match variable {
        None | Some("fail") => Ok(false),
        Some("skip") => Ok(true),
        Some(other) => Err(format!(
            "NS_TEST_REFUSED is `{other}`, should be `skip` or `fail`"
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn variables_stand_behind_options() {
        let variable = |name: &str| match name {
            "RUST_TEST_THREADS" => Some("5".to_owned()),
            "NS_TEST_TIMEOUT" => Some("1m30s".to_owned()),
            _ => None,
        };
        let words = |line: &str| line.split_whitespace().map(ToOwned::to_owned).collect();
        let invocation = Invocation::parse(words(""), variable).expect("it is right");
        assert_eq!(
            (invocation.arguments.test_threads, invocation.timeout),
            (Some(5), Some(Duration::from_secs(90)))
        );
        let invocation =
            Invocation::parse(words("--test-threads 2"), variable).expect("it is right");
        assert_eq!(invocation.arguments.test_threads, Some(2));
    }

    #[test]
    fn a_process_of_nextest_has_one_thread_unless_asked_for_more() {
        let threads = |line: &str| {
            let words = line.split_whitespace().map(ToOwned::to_owned).collect();
            let nextest = |name: &str| (name == "NEXTEST_RUN_ID").then(String::new);
            let invocation = Invocation::parse(words, nextest).expect("it is right");
            (invocation.is_of_nextest, invocation.arguments.test_threads)
        };
        assert_eq!(threads("a::b --exact --nocapture"), (true, Some(1)));
        let asked = "a::b --exact --nocapture --test-threads=3";
        assert_eq!(threads(asked), (true, Some(3)));
        // A test that runs `cargo test` below nextest.
        for line in [
            "--nocapture",
            "a::b --exact",
            "a::b a::c --exact --nocapture",
        ] {
            assert!(!threads(line).0, "{line}");
        }
    }
}
