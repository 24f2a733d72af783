//! How init forks the body.

use std::time::{Duration, Instant};

use super::run::{Init, Job};
use crate::body;
use crate::error::{At, Call, Failure, Step};
use crate::sandbox::Plan;
use crate::sys::process::{self, Clone, CloneArgs, Fork, Pid};
use crate::sys::{Errno, fd};

/// How long init retries the fork while the kernel has no room for another process.
const GIVE_UP_AFTER: Duration = Duration::from_secs(5);

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_millis(32);

impl Init<'_> {
    /// Forks the body with libc, so that a test may call anything there. A command's body executes
    /// a program at once. Its maker may have threads, which libc's fork does not support.
    pub(super) fn fork_body<'p>(&self, plan: &'p Plan) -> Result<Pid, Failure<'p>> {
        Ok(match &self.job {
            Job::Test {
                single_threaded,
                test,
                ..
            } => {
                let made = self.retry(|| process::fork(single_threaded));
                match made.at(Step::ForkBody, Call::Fork)? {
                    Fork::Parent(body) => body,
                    Fork::Child(forked) => body::run(
                        &forked,
                        single_threaded,
                        test,
                        plan,
                        self.page,
                        &self.inherited,
                    ),
                }
            }
            Job::Command {
                program, blocked, ..
            } => {
                let cloned = self.retry(|| process::clone(CloneArgs::default(), blocked));
                match cloned.at(Step::ForkBody, Call::Clone3)? {
                    Clone::Parent { pid, .. } => pid,
                    Clone::Child(forked) => {
                        body::execute(&forked, program, plan, self.page, &self.inherited)
                    }
                }
            }
        })
    }

    /// Retries for a while if the kernel has no room for another process, since another test may
    /// end and free some.
    fn retry<T>(&self, make: impl Fn() -> Result<T, Errno>) -> Result<T, Errno> {
        let begin = Instant::now();
        let mut pause = Duration::from_millis(1);
        loop {
            let made = make();
            if !matches!(made, Err(Errno::AGAIN)) || begin.elapsed() > GIVE_UP_AFTER {
                return made;
            }
            let lifeline = fd::poll([self.fds.lifeline], Some(pause));
            if lifeline.is_ok_and(|[lifeline]| lifeline.hung_up) {
                return made;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}
