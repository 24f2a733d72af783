//! A storm of signals: random processes of a run of 200 short tests are killed, stopped, continued
//! and terminated.
//!
//! Every test must have exactly one verdict, which is true. Nothing may be left, and no process
//! outside may be affected. The storm lasts half a minute, or as many seconds as
//! `NS_TEST_SUITE_STORM` says. `NS_TEST_SUITE_SEED` repeats a seed that a failure has printed. The
//! scheduler's effects differ from run to run.

#![expect(
    clippy::print_stderr,
    reason = "seeds are of use also without a failure"
)]

mod random;
mod round;
mod victims;

use std::env;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant, SystemTime};

use libtest_mimic::{Arguments, Failed, Trial};
use ns_test_suite::fixture::Check;
use ns_test_suite::outer::Outer;

use round::{Round, Verdicts};

fn main() -> ExitCode {
    // One by one: they share a target directory, which cargo locks.
    let arguments = Arguments {
        test_threads: Some(1),
        ..Arguments::from_args()
    };
    let trials = ["without_libtest", "with_libtest"]
        .map(|target| Trial::test(format!("storm::{target}"), move || storm(target)));
    ns_test_suite::fixture::run_checks(&arguments, trials.into())
}

fn storm(target: &str) -> Check {
    let outer = Outer::write("host/storm/stormed", env!("CARGO_TARGET_TMPDIR"))?;
    let binary = outer.binary(&["--test", target], &format!("tests/{target}.rs"))?;
    let (first_seed, time) = (first_seed()?, time()?);
    let (begin, mut number) = (Instant::now(), 0);
    let mut all = Verdicts::default();
    while number == 0 || begin.elapsed() < time {
        let seed = first_seed.wrapping_add(number);
        let mut witness = Witness::start()?;
        let round = Round::new(&binary, &outer.directory, seed).run();
        let verdicts =
            round.map_err(|why| format!("seed {seed}: {}", why.message().unwrap_or("")))?;
        witness
            .lives()
            .map_err(|why| format!("seed {seed}: {}", why.message().unwrap_or("")))?;
        all = all + verdicts;
        number += 1;
    }
    let Verdicts {
        passed,
        failed,
        disturbed,
    } = all;
    eprintln!(
        "{target}: {number} rounds from seed {first_seed}: {passed} tests passed, {failed} failed as written, {disturbed} because of a signal"
    );
    Ok(())
}

fn first_seed() -> Result<u64, Failed> {
    match env::var("NS_TEST_SUITE_SEED") {
        Ok(seed) => Ok(seed.parse()?),
        Err(_) => {
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
            Ok(u64::from(now.subsec_nanos()))
        }
    }
}

/// Returns the duration of the storm for each of the two harnesses.
fn time() -> Result<Duration, Failed> {
    let seconds: u64 = match env::var("NS_TEST_SUITE_STORM") {
        Ok(seconds) => seconds.parse()?,
        Err(_) => 30,
    };
    Ok(Duration::from_secs(seconds) / 2)
}

/// A process of the same user outside the run.
struct Witness(Child);

impl Witness {
    fn start() -> Result<Self, Failed> {
        let mut sleep = Command::new("sleep");
        Ok(Self(sleep.arg("600").stdin(Stdio::null()).spawn()?))
    }

    fn lives(&mut self) -> Check {
        match self.0.try_wait()? {
            None => Ok(()),
            Some(status) => Err(format!("a process outside has ended: {status}").into()),
        }
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
