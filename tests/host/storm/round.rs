//! One run of the tests under the storm.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::ops::Add;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::Failed;
use ns_test_suite::fixture::{self, Check, Kept, eventually};

use crate::random::Random;
use crate::victims::{self, Victim};

/// The number of tests in the binary.
const TESTS: usize = 200;

/// The time after which a run counts as hanging. A test times out after 5 seconds, and many of 200
/// may.
const LONGEST: Duration = Duration::from_secs(300);

/// The longest time that a process is stopped.
const LONGEST_STOP: u64 = 200;

/// A planned run.
#[derive(Debug)]
pub(crate) struct Round {
    command: Command,
    mark: String,
    random: Random,
    /// The mean pause between two signals, in milliseconds.
    pause: u64,
    /// One signal of this many to a launcher or the fork server is sent. `None`: all are sent. All
    /// tests fail that run after the last of these processes has ended, so that frequent signals
    /// would leave few verdicts to check.
    one_to_lasting_of: Option<u64>,
}

/// The number of tests by their verdicts, all of which are true.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Verdicts {
    pub(crate) passed: usize,
    /// Failed as their functions do.
    pub(crate) failed: usize,
    /// Failed because of a signal.
    pub(crate) disturbed: usize,
}

impl Add for Verdicts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            disturbed: self.disturbed + other.disturbed,
        }
    }
}

impl Round {
    pub(crate) fn new(binary: &Path, directory: &Path, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mark = format!("ns-test-suite-storm-{}-{seed}", std::process::id());
        let mut command = Command::new(binary);
        fixture::forget_wishes(&mut command);
        command
            .arg(format!("--test-threads={}", random.one_of(&[1, 2, 4, 8])))
            .current_dir(directory)
            .env("CARGO_MANIFEST_DIR", directory)
            .env("NS_TEST_TIMEOUT", "5s")
            .env("NS_TEST_SUITE_MARK", &mark)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self {
            command,
            mark,
            pause: random.one_of(&[2, 5, 20, 50, 100]),
            one_to_lasting_of: random.one_of(&[None, Some(2), Some(10), Some(30)]),
            random,
        }
    }

    pub(crate) fn run(mut self) -> Result<Verdicts, Failed> {
        let mut harness = Kept::start(&mut self.command)?;
        let [stdout, stderr] = readers(&mut harness.0);
        let result = self.storm(&mut harness.0);
        if result.is_err() {
            let _ = harness.0.kill();
        }
        let texts = [stdout, stderr].map(|reader| reader.join().unwrap_or_default());
        result.map_err(|why| format!("{}\n{}", why.message().unwrap_or(""), texts.concat()))?;
        let verdicts = judge(&texts[0]).map_err(|why| format!("{why}\n{}", texts.concat()))?;
        let gone = eventually(|| victims::of_run(&self.mark, 0).is_empty());
        if !gone {
            return Err(format!("{:?} are left", victims::of_run(&self.mark, 0)).into());
        }
        Ok(verdicts)
    }

    /// Sends signals until the harness has ended.
    fn storm(&mut self, harness: &mut Child) -> Check {
        let begin = Instant::now();
        let mut stopped: Vec<(Instant, Victim)> = Vec::new();
        while harness.try_wait()?.is_none() {
            if begin.elapsed() > LONGEST {
                return Err("the run hangs".into());
            }
            let now = Instant::now();
            stopped.retain(|(until, victim)| {
                let stays = *until > now;
                if !stays {
                    victim.signal(libc::SIGCONT);
                }
                stays
            });
            self.strike(harness.id(), &mut stopped);
            thread::sleep(Duration::from_millis(self.random.below(self.pause * 2)));
        }
        stopped
            .iter()
            .for_each(|(_, victim)| victim.signal(libc::SIGCONT));
        Ok(())
    }

    /// Sends one signal to one process.
    fn strike(&mut self, harness: u32, stopped: &mut Vec<(Instant, Victim)>) {
        let pids = victims::of_run(&self.mark, harness);
        if pids.is_empty() {
            return;
        }
        let pid = self.random.one_of(&pids);
        let Some(victim) = Victim::open(pid, &self.mark, harness) else {
            return;
        };
        let spared = match self.one_to_lasting_of {
            Some(signals) => self.random.below(signals) != 0,
            None => true,
        };
        if victim.is_lasting && spared {
            return;
        }
        match self.random.below(10) {
            0..=3 => victim.signal(libc::SIGKILL),
            4..=5 => victim.signal(libc::SIGTERM),
            6 => victim.signal(libc::SIGCONT),
            _ => {
                victim.signal(libc::SIGSTOP);
                let time = Duration::from_millis(self.random.below(LONGEST_STOP));
                stopped.push((Instant::now() + time, victim));
            }
        }
    }
}

type Reader = thread::JoinHandle<String>;

fn readers(harness: &mut Child) -> [Reader; 2] {
    fn reader(stream: Option<impl Read + Send + 'static>) -> Reader {
        let read = |mut stream: Box<dyn Read>| -> io::Result<String> {
            let mut text = Vec::new();
            stream.read_to_end(&mut text)?;
            Ok(String::from_utf8_lossy(&text).into_owned())
        };
        thread::spawn(move || {
            stream
                .map(|stream| read(Box::new(stream)).unwrap_or_default())
                .unwrap_or_default()
        })
    }
    [reader(harness.stdout.take()), reader(harness.stderr.take())]
}

/// The failures that only the storm can cause.
const REASONS: [&str; 9] = [
    "was killed by SIGKILL",
    "was killed by SIGTERM",
    "the sandbox's PID 1",
    "the launcher is gone",
    "no launcher is left",
    "there is no fork server",
    "failed to start a launcher",
    "no launcher",
    "timed out after",
];

/// Checks that every test has exactly one verdict, which is true.
fn judge(text: &str) -> Result<Verdicts, String> {
    let mut verdicts = BTreeMap::new();
    let lines = text.lines().filter_map(|line| line.strip_prefix("test "));
    for (name, verdict) in lines.filter_map(|line| line.split_once(" ... ")) {
        let name = name.trim_end().trim_end_matches(" - should panic");
        if verdicts.insert(name, verdict).is_some() {
            return Err(format!("{name} has two verdicts"));
        }
    }
    if verdicts.len() != TESTS {
        return Err(format!("{} verdicts", verdicts.len()));
    }
    let mut counts = Verdicts::default();
    for (name, verdict) in verdicts {
        match verdict {
            "ok" if name.contains("::fails::") => return Err(format!("{name} has passed")),
            "ok" => counts.passed += 1,
            "FAILED" => {
                let report = report_of(name, text);
                match REASONS.iter().any(|reason| report.contains(reason)) {
                    true => counts.disturbed += 1,
                    false if name.contains("::passes::") => {
                        return Err(format!("{name} has failed for no reason: {report}"));
                    }
                    false => counts.failed += 1,
                }
            }
            other => return Err(format!("{name} is {other}")),
        }
    }
    Ok(counts)
}

/// Returns the text below the test's name.
fn report_of<'t>(name: &str, text: &'t str) -> &'t str {
    let begin = text.find(&format!("---- {name} "));
    let section = begin.map_or("", |begin| &text[begin..]);
    let end = section[section.len().min(4)..].find("\n---- ");
    &section[..end.map_or(section.len(), |end| end + 4)]
}
