//! Watching a test that runs: its output, its deadline, and its end.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use crate::channel::init_pid::InitPid;
use crate::channel::result_page::{InitReport, ResultPage};
use crate::launcher::Launcher;
use crate::outcome::captured_output::Output;
use crate::outcome::debug_options::DebugOptions;
use crate::outcome::keep::KeepPrompt;
use crate::outcome::processes;
use crate::outcome::verdict::TimedOut;
use crate::request::test::Test;
use crate::sys::fd::Ready;
use crate::sys::process::{self, Pid};
use crate::sys::{Errno, fd, procfs, signal};

/// What holds for all tests of a run.
#[derive(Clone, Copy)]
pub(crate) struct RunOptions {
    /// Whether their output is collected, or passed through.
    pub(crate) capture: bool,
    /// How long a test may take that does not say it itself.
    pub(crate) timeout: Option<Duration>,
    pub(crate) slow: Slow,
    /// What a person wants of failed tests' sandboxes, and how that person is spoken to.
    pub(crate) debug: DebugOptions,
    pub(crate) show: fn(&KeepPrompt<'_>),
    /// Whether directories are prepared again that this run has not prepared yet.
    pub(crate) prepare_again: bool,
}

/// After how long a test is called slow, and by what.
type Slow = (Duration, fn(&str, Duration));

/// A test, from its launch to its end.
pub(crate) struct TestMonitor<'a> {
    pid: InitPid,
    /// Most tests are over before it pays to have one.
    init: Option<OwnedFd>,
    pipe: BorrowedFd<'a>,
    control: BorrowedFd<'a>,
    name: &'a str,
    /// Of the watch, until it has seen that there is an init.
    begin: Instant,
    has_begun: bool,
    /// Whether init is a child of this process.
    is_parent: bool,
    /// When the launcher was asked to make init.
    launched: Instant,
    timeout: Option<Duration>,
    /// `None` once it has been called so.
    slow: Option<Slow>,
    /// The test's page, where its sandbox will be held.
    page: Option<ResultPage>,
    pub(crate) output: Output,
}

/// How long init may take, once it is called, to end the test's processes.
const GRACE: Duration = Duration::from_secs(2);

/// How long it may take until there is an init, before the deadline of a test without one counts.
const LONGEST_LAUNCH: Duration = Duration::from_secs(10);

/// How often the page of a sandbox that will be held is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// How long a test may last of which the end of its pipe is all that is waited for.
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
            pid: launcher.init,
            init: None,
            pipe,
            control: launcher.control(),
            has_begun: false,
            is_parent: !launcher.is_elsewhere(),
            launched: Instant::now(),
            name: &test.name,
            begin: Instant::now(),
            timeout: test.timeout().or(options.timeout),
            slow: Some(options.slow),
            page: options.debug.any().then_some(page),
            output: Output::default(),
        }
    }

    /// Collects output until init hangs up or is gone. `false`: the deadline came first.
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
                // The kernel has not made it yet, or just now.
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
        let times = [self.timeout, self.slow.map(|(after, _)| after)]
            .into_iter()
            .flatten();
        times.map(|after| self.begin + after).chain(look).min()
    }

    /// Whether init has told all, and keeps the sandbox. What is left in it may hold the pipe, so that nothing hangs up.
    fn is_held(&self) -> bool {
        self.page
            .is_some_and(|page| page.init_report() != InitReport::Nothing)
    }

    /// What the processes of a test that runs too long are doing.
    pub(crate) fn time_out(&self) -> TimedOut {
        let number = self
            .init
            .as_ref()
            .and_then(|init| procfs::number_of(init.as_fd()));
        let activities = |init| processes::activities(number.unwrap_or(Pid::unsigned_abs(init)));
        TimedOut {
            after: self.timeout.unwrap_or_default(),
            activities: self.pid.get().map(activities).unwrap_or_default(),
        }
    }

    /// Ends a test that runs still: by init, who can find all of its processes; by the kernel, should init not come to it.
    pub(crate) fn end(&mut self) {
        for call in [signal::SIGTERM, signal::SIGKILL] {
            self.find_init();
            let _ = match (&self.init, self.pid.get()) {
                (Some(init), _) => process::pidfd_send_signal(init.as_fd(), call),
                // No other process has the pid of a child that was not reaped.
                (None, Some(pid)) if process::is_child(pid) => process::kill(pid, call),
                (None, _) => Ok(()),
            };
            if self.drain(Some(Instant::now() + GRACE)) {
                return;
            }
        }
    }

    /// Reads output until init hangs up or is gone. `false`: this moment came first.
    ///
    /// Not until the end of the pipe: a process that escaped may hold it open for ever.
    fn drain(&mut self, until: Option<Instant>) -> bool {
        let mut buffer = [0; 16 << 10];
        loop {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            let Ok([from_pipe, from_init]) = self.poll(left) else {
                return true;
            };
            if from_pipe.readable {
                match fd::read(self.pipe, &mut buffer) {
                    Ok(0) | Err(_) => return true,
                    Ok(length) => self.output.push(&buffer[..length]),
                }
            } else if from_pipe.hung_up || from_init.readable {
                return true;
            }
            // Also while output comes: a flood must not put the deadline off.
            if left == Some(Duration::ZERO) {
                return false;
            }
        }
    }

    /// Waits for output or the end of the pipe, and for the end of init or for word that there will be none; at most so long.
    fn poll(&mut self, most: Option<Duration>) -> Result<[Ready; 2], Errno> {
        if let Some(init) = &self.init {
            return fd::poll([self.pipe, init.as_fd()], most);
        }
        let brief = most.map_or(BRIEF, |most| most.min(BRIEF));
        let (from_pipe, is_over) = if self.pid.get().is_some() {
            let [from_pipe] = fd::poll([self.pipe], Some(brief))?;
            (from_pipe, false)
        } else {
            // Somebody who has the pipe by accident must not keep an answer from being heard.
            let [from_pipe, from_control] = fd::poll([self.pipe, self.control], Some(brief))?;
            let is_answered = from_control != Ready::default() && self.pid.get().is_none();
            (from_pipe, is_answered)
        };
        // Also where output comes without a pause.
        self.look_for_init();
        if from_pipe == Ready::default() && !is_over {
            self.find_init();
        }
        // Where it can't be had: no descriptor is left, or a filter forbids it.
        let has_ended = || self.init.is_none() && self.pid.get().is_some_and(process::has_ended);
        let from_init = Ready {
            readable: is_over || (from_pipe == Ready::default() && has_ended()),
            hung_up: false,
        };
        Ok([from_pipe, from_init])
    }

    /// From the moment that it is seen to be there the test's time counts.
    fn look_for_init(&mut self) {
        if !self.has_begun && self.pid.get().is_some() {
            self.has_begun = true;
            self.begin = Instant::now();
        }
    }

    /// Opens init, which its parent reaps only after this test: until then its pid is no other process's. A parent that is gone
    /// does not keep it.
    fn find_init(&mut self) {
        if self.init.is_none() {
            let open = |pid| process::pidfd_open(pid).ok();
            let opened = self.pid.get().and_then(open);
            // Asked afterwards: its parent was there when the pid was looked up.
            self.init = opened.filter(|_| self.is_parent || self.has_launcher());
        }
    }

    fn has_launcher(&self) -> bool {
        let polled = fd::poll([self.control], Some(Duration::ZERO));
        polled.is_ok_and(|[control]| !control.hung_up)
    }
}

#[cfg(test)]
mod tests {
    use std::process::ExitCode;

    use super::*;
    use crate::request::{Sandbox, Trial};

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
            let page = self.launcher.page.open(1).expect("nobody else has it");
            TestMonitor::new(&self.launcher, page, pipe.as_fd(), &self.test, &options)
        }

        /// This process stands for init: it is there, and does not end.
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
