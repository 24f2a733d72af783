//! The environment variables of libtest and of this crate. A command-line option takes precedence.

#[cfg(target_os = "linux")]
use crate::launcher::optimizations::{self, Optimization};

use super::args::{Invocation, PrepareMode, number, seed};
use super::duration;

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
