//! The monitor of a running test: its output, its deadline, and its end.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use super::monitored_init::MonitoredInit;
use super::run_options::{RunOptions, Slow};
use crate::channel::result_page::{InitReport, ResultPage};
use crate::launcher::Launcher;
use crate::outcome::captured_output::Output;
use crate::outcome::verdict::TimedOut;
use crate::request::test::Test;
use crate::sys::fd::Ready;
use crate::sys::{Errno, fd, signal};

/// A test, from its launch to its end.
pub(crate) struct TestMonitor<'a> {
    init: MonitoredInit<'a>,
    pipe: BorrowedFd<'a>,
    name: &'a str,
    /// The start of the monitoring, until init exists; then the start of the test.
    begin: Instant,
    has_begun: bool,
    /// When the request for init was sent to the launcher.
    launched: Instant,
    timeout: Option<Duration>,
    /// `None` once the test has been reported as slow.
    slow: Option<Slow>,
    /// The test's result page, if its sandbox will be held.
    page: Option<ResultPage>,
    pub(crate) output: Output,
}

/// How long init may take to end the test's processes after it was signalled.
const GRACE: Duration = Duration::from_secs(2);

/// How long to wait for init before the deadline of a test without one counts.
const LONGEST_LAUNCH: Duration = Duration::from_secs(10);

/// How often to check the result page of a sandbox that will be held.
const LOOK: Duration = Duration::from_millis(20);

/// How long to wait for only the end of the pipe before init is watched, too.
const BRIEF: Duration = Duration::from_millis(50);

impl<'a> TestMonitor<'a> {
    pub(crate) fn new(
        launcher: &'a Launcher,
        page: ResultPage,
        pipe: BorrowedFd<'a>,
        test: &'a Test,
        options: &RunOptions,
    ) -> Self {
        Self {
            init: MonitoredInit::of(launcher),
            pipe,
            has_begun: false,
            launched: Instant::now(),
            name: &test.name,
            begin: Instant::now(),
            timeout: test.timeout().or(options.timeout),
            slow: Some(options.slow),
            page: options.debug.any().then_some(page),
            output: Output::default(),
        }
    }

    /// Collects output until init hangs up or is gone. `false`: the deadline passed first.
    pub(crate) fn until_over(&mut self) -> bool {
        loop {
            if self.drain(self.next_moment()) || self.is_held() {
                return true;
            }
            let elapsed = self.begin.elapsed();
            if self.timeout.is_some_and(|timeout| elapsed >= timeout) {
                if self.has_begun || self.launched.elapsed() > LONGEST_LAUNCH {
                    return false;
                }
                // The kernel has not made init yet, or has made it just now.
                self.look_for_init();
                self.begin = Instant::now();
            }
            if let Some((after, call)) = self.slow.take_if(|(after, _)| elapsed >= *after) {
                call(self.name, after);
            }
        }
    }

    fn next_moment(&self) -> Option<Instant> {
        let look = self.page.map(|_| Instant::now() + LOOK);
        let timeout = self.timeout.map(|after| self.begin + after);
        let slow = self.slow.map(|(after, _)| self.begin + after);
        earlier(look, earlier(timeout, slow))
    }

    /// Returns whether init has reported everything and holds the sandbox. A process left in the
    /// sandbox may hold the pipe open, and then the pipe does not hang up.
    fn is_held(&self) -> bool {
        self.page
            .is_some_and(|page| page.init_report() != InitReport::Nothing)
    }

    /// Returns what the processes of a timed-out test are doing.
    pub(crate) fn time_out(&self) -> TimedOut {
        TimedOut {
            after: self.timeout.unwrap_or_default(),
            activities: self.init.activities(),
        }
    }

    /// Ends a test that still runs. Init does it, since it can find all of the test's processes. If
    /// init does not respond, the kernel kills it.
    pub(crate) fn end(&mut self) {
        for call in [signal::SIGTERM, signal::SIGKILL] {
            self.init.find();
            self.init.signal(call);
            if self.drain(Some(Instant::now() + GRACE)) {
                return;
            }
        }
    }

    /// Reads output until init hangs up or is gone. `false`: this moment came first.
    ///
    /// It does not wait for the end of the pipe: an escaped process may hold that open forever.
    fn drain(&mut self, until: Option<Instant>) -> bool {
        loop {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            let Ok([from_pipe, from_init]) = self.poll(left) else {
                return true;
            };
            if from_pipe.readable {
                if !self.read_output() {
                    return true;
                }
            } else if from_pipe.hung_up || from_init.readable {
                return true;
            }
            // The deadline also applies while output arrives: a flood of output must not defer it.
            if left == Some(Duration::ZERO) {
                return false;
            }
        }
    }

    /// Reads some of the output. `false`: the pipe has ended.
    ///
    /// Most tests write nothing, so the buffer is not part of the waiting loop: clearing it takes
    /// longer than the rest of that loop.
    fn read_output(&mut self) -> bool {
        let mut buffer = [0; 16 << 10];
        match fd::read(self.pipe, &mut buffer) {
            Ok(0) | Err(_) => false,
            Ok(length) => {
                self.output.push(&buffer[..length]);
                true
            }
        }
    }

    /// Waits for output or the end of the pipe, and for the end of init or the reply that there is
    /// none. Waits at most this long.
    fn poll(&mut self, most: Option<Duration>) -> Result<[Ready; 2], Errno> {
        if let Some(init) = self.init.pidfd() {
            return fd::poll([self.pipe, init], most);
        }
        let brief = most.map_or(BRIEF, |most| most.min(BRIEF));
        let (from_pipe, is_over) = if self.init.exists() {
            let [from_pipe] = fd::poll([self.pipe], Some(brief))?;
            (from_pipe, false)
        } else {
            // A process that holds the pipe by accident must not hide a reply.
            let [from_pipe, from_control] =
                fd::poll([self.pipe, self.init.control()], Some(brief))?;
            let is_answered = from_control != Ready::default() && !self.init.exists();
            (from_pipe, is_answered)
        };
        // Init may also appear while output arrives without a pause.
        self.look_for_init();
        if from_pipe == Ready::default() && !is_over {
            self.init.find();
        }
        let has_ended = || self.init.has_ended_without_pidfd();
        let from_init = Ready {
            readable: is_over || (from_pipe == Ready::default() && has_ended()),
            hung_up: false,
        };
        Ok([from_pipe, from_init])
    }

    /// Checks for init. The test's time starts when init is first seen.
    fn look_for_init(&mut self) {
        if !self.has_begun && self.init.exists() {
            self.has_begun = true;
            self.begin = Instant::now();
        }
    }
}

/// Returns the earlier moment, or the only one.
fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::{AsFd, OwnedFd};
    use std::process::ExitCode;

    use super::*;
    use crate::outcome::debug_options::DebugOptions;
    use crate::request::{Sandbox, Trial};
    use crate::sys::process;

    /// A launcher without a process, and the ends that its process would have.
    struct Stage {
        launcher: Launcher,
        launcher_end: Option<OwnedFd>,
        test: Test,
    }

    impl Stage {
        fn new() -> Self {
            let (launcher, [launcher_end, _page]) =
                Launcher::elsewhere().expect("a socket and a page");
            let trial = Trial::new("a_test", Sandbox::new(), || ExitCode::SUCCESS);
            Self {
                launcher,
                launcher_end: Some(launcher_end),
                test: trial.into(),
            }
        }

        fn monitor<'a>(&'a self, pipe: &'a OwnedFd, timeout: Option<Duration>) -> TestMonitor<'a> {
            let options = RunOptions {
                capture: true,
                timeout,
                slow: (Duration::from_secs(600), |_, _| ()),
                debug: DebugOptions::default(),
                show: |_| (),
                prepare_again: false,
            };
            let page = self.launcher.page.open(1).expect("no other thread has it");
            TestMonitor::new(&self.launcher, page, pipe.as_fd(), &self.test, &options)
        }

        /// Makes this process play init: one that exists and does not exit.
        fn begin(&self) {
            self.launcher.init.tell(process::getpid());
        }
    }

    fn pipe() -> (OwnedFd, OwnedFd) {
        fd::pipe().expect("a pipe")
    }

    fn text(monitor: &TestMonitor<'_>) -> String {
        monitor.output.text(|_| " .. ".to_owned())
    }

    #[test]
    fn output_is_collected_until_the_pipe_hangs_up() {
        let (stage, (read, write)) = (Stage::new(), pipe());
        stage.begin();
        let mut monitor = stage.monitor(&read, None);
        fd::write(write.as_fd(), b"one ").expect("there is room");
        fd::write(write.as_fd(), b"two").expect("there is room");
        drop(write);
        assert!(monitor.until_over());
        assert_eq!(text(&monitor), "one two");
    }

    #[test]
    fn a_launcher_that_is_gone_ends_the_wait_for_init() {
        let (mut stage, (read, _held)) = (Stage::new(), pipe());
        drop(stage.launcher_end.take());
        let mut monitor = stage.monitor(&read, None);
        assert!(monitor.until_over());
    }

    #[test]
    fn a_flood_does_not_put_the_deadline_off() {
        let (stage, (read, write)) = (Stage::new(), pipe());
        stage.begin();
        let writer = std::thread::spawn(move || {
            while fd::write(write.as_fd(), &[b'x'; 4096]).is_ok_and(|written| written > 0) {}
        });
        let mut monitor = stage.monitor(&read, Some(Duration::from_millis(100)));
        assert!(!monitor.until_over());
        assert!(!monitor.output.is_empty());
        drop(read);
        writer.join().expect("the pipe has no reader any more");
    }

    #[test]
    fn a_test_without_init_has_no_deadline_yet() {
        let (stage, (read, write)) = (Stage::new(), pipe());
        let timeout = Duration::from_millis(20);
        let mut monitor = stage.monitor(&read, Some(timeout));
        let starter = std::thread::spawn(move || {
            std::thread::sleep(3 * timeout);
            drop(write);
        });
        assert!(
            monitor.until_over(),
            "the deadline counts from init's start"
        );
        starter.join().expect("it sleeps, and closes the pipe");
    }
}
