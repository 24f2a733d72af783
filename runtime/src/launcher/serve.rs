//! What a launcher does with an order: it makes the plan, has init made, and answers.

use std::io;
use std::time::Duration;

use crate::channel::request_socket::{Reply, TestRequest};
use crate::error::Call;
use crate::request::test::Test;
use crate::sandbox::Plan;
use crate::sandbox::cgroup::Cgroup;
use crate::sandbox::host::HostFacts;
use crate::sandbox::inherited::Inherited;
use crate::sandbox::prepared::Task;
use crate::sys::affinity::Processors;
use crate::sys::signal::SignalsBlocked;
use crate::sys::thread::{SingleThreaded, call_on_thread_named};
use crate::sys::{Errno, fd, process};

use super::spawn::{InitContext, SpawnRequest, make_init};

/// A launcher at work.
pub(super) struct LauncherLoop {
    pub(super) tests: &'static [Test],
    pub(super) facts: &'static HostFacts,
    pub(super) context: InitContext,
    /// Those that tests were limited by. When one can be removed nobody says: it is tried again and again.
    pub(super) cgroups: Vec<Cgroup>,
}

/// How often children are looked after that have not ended.
const LOOK: Duration = Duration::from_millis(10);

impl LauncherLoop {
    /// Until the harness is gone, or has no more tests.
    pub(super) fn serve(mut self, single_threaded: &SingleThreaded, blocked: &SignalsBlocked) {
        while let Some(request) = self.context.next_request() {
            self.cgroups.retain(|cgroup| !cgroup.remove(Duration::ZERO));
            if self.launch(single_threaded, blocked, request).is_err() {
                break;
            }
        }
        self.context.wait_for_children();
        self.cgroups
            .retain(|cgroup| !cgroup.remove(Duration::from_secs(2)));
    }

    /// One test, from the order to init's end or an answer. `Err`: the harness no longer listens.
    fn launch(
        &mut self,
        single_threaded: &SingleThreaded,
        blocked: &SignalsBlocked,
        request: TestRequest,
    ) -> Result<(), Errno> {
        let context = self.context.staying_here();
        let launched = self.launch_here(context, single_threaded, blocked, request);
        context.free_to_move();
        launched
    }

    fn launch_here(
        &mut self,
        context: InitContext,
        single_threaded: &SingleThreaded,
        blocked: &SignalsBlocked,
        request: TestRequest,
    ) -> Result<(), Errno> {
        let task = TestRequest::peek_task(context.control)?;
        let asked = self
            .tests
            .get(request.test as usize)
            .zip(Task::from_bytes(&task));
        let Some((test, task)) = asked else {
            let reply = InitContext::spawn_error(Call::Check, Errno::INVAL, 0);
            return context.decline(request, reply);
        };
        let mut plan = match Plan::for_task(test.spec(), self.facts, &test.base(), &task) {
            Ok(plan) => plan,
            Err(error) => {
                context.page.of_request(request.number).write_error(&error);
                return context.decline(request, Reply::PlanFailed);
            }
        };
        self.cgroups.extend(plan.own_cgroup.take());
        // The thread has the test's name, and so has the body, which descends from it.
        let made = call_on_thread_named(
            single_threaded,
            blocked,
            &test.name,
            move |single_threaded, blocked| {
                let spawn = SpawnRequest {
                    single_threaded,
                    blocked,
                    test,
                    plan: &plan,
                    request,
                };
                make_init(context, spawn);
            },
        );
        made.or_else(|error| context.no_thread(request, &error))
    }
}

impl InitContext {
    /// `None`: the harness is gone, or has no more tests.
    fn next_request(self) -> Option<TestRequest> {
        loop {
            let pause = self.has_children().then_some(LOOK);
            let [control, lifeline] = fd::poll([self.control, self.lifeline], pause).ok()?;
            if lifeline.hung_up {
                return None;
            }
            if control.hung_up {
                // Also where a request is still there: its sender has given it up.
                return None;
            }
            if control.readable {
                return TestRequest::peek(self.control);
            }
        }
    }

    /// Has the launcher and init stay on one processor, whichever this is: until the body is there they run in turn, in one memory. A
    /// fork interrupts all processors that this memory has been used on, which on a busy machine takes longer than the fork.
    fn staying_here(self) -> Self {
        let stay = || Processors::current().is_some_and(|here| here.allow().is_ok());
        let processors = self.inherited.processors.filter(|_| stay());
        Self {
            inherited: Inherited {
                processors,
                ..self.inherited
            },
            ..self
        }
    }

    fn free_to_move(self) {
        if let Some(all) = self.inherited.processors {
            // Should it fail, the launcher stays where it is.
            let _ = all.allow();
        }
    }

    /// Reaps what has ended of the inits that are the launcher's own children. Whether some are left: one that the harness may still
    /// signal keeps its pid, and what has not been reaped keeps its share of the machine's limits.
    fn has_children(self) -> bool {
        if self.parenthood != 0 {
            return false;
        }
        if self.init.get().is_some() {
            return true;
        }
        loop {
            match process::wait_any(false) {
                Ok(Some(_reaped)) => {}
                others => return others.is_ok(),
            }
        }
    }

    fn wait_for_children(self) {
        if self.parenthood == 0 {
            while process::wait_any(true).is_ok() {}
        }
    }

    /// The thread that was to make init could not be made, or it has panicked.
    fn no_thread(self, request: TestRequest, error: &io::Error) -> Result<(), Errno> {
        match error.raw_os_error() {
            Some(errno) => {
                let errno = Errno::from_number(errno);
                self.decline(request, Self::spawn_error(Call::Fork, errno, 0))
            }
            // It is not known how far it came. The harness takes the hang-up of the control socket for what it is.
            None => process::exit_now(1),
        }
    }

    /// Answers, and then takes the order off the line, which has its pipe hang up.
    fn decline(self, request: TestRequest, reply: Reply) -> Result<(), Errno> {
        reply.send(self.control)?;
        request.discard(self.control);
        Ok(())
    }
}
