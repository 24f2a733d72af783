//! How a launcher serves a request: it makes the plan, makes init, and replies if it cannot.

use std::io;
use std::time::Duration;

use crate::channel::request_socket::{ReceivedRequest, Reply};
use crate::error::Call;
use crate::request::test::Test;
use crate::sandbox::Plan;
use crate::sandbox::affinity::Processors;
use crate::sandbox::cgroup::Cgroup;
use crate::sandbox::host::HostFacts;
use crate::sandbox::inherited::Inherited;
use crate::sandbox::prepared::Task;
use crate::sandbox::spawn::Refused;
use crate::sys::signal::SignalsBlocked;
use crate::sys::thread::{SingleThreaded, call_on_thread_named};
use crate::sys::{Errno, fd, process};

use super::kept_plan::KeptPlan;
use super::spawn::{InitContext, SpawnRequest, make_init};

/// A launcher at work.
pub(super) struct LauncherLoop {
    pub(super) tests: &'static [Test],
    pub(super) facts: &'static HostFacts,
    pub(super) context: InitContext,
    /// The cgroups that limited tests. The kernel sends no event when one can be removed, so the
    /// launcher retries.
    pub(super) cgroups: Vec<Cgroup>,
    pub(super) kept_plan: KeptPlan,
}

/// How often to look for children that have not exited yet.
const LOOK: Duration = Duration::from_millis(10);

impl LauncherLoop {
    /// Serves until the harness is gone, or has no more tests.
    pub(super) fn serve(mut self, single_threaded: &SingleThreaded, blocked: &SignalsBlocked) {
        while let Some(received) = self.context.next_request() {
            self.cgroups.retain(|cgroup| !cgroup.remove(Duration::ZERO));
            if self.launch(single_threaded, blocked, &received).is_err() {
                break;
            }
        }
        self.context.wait_for_children();
        self.cgroups
            .retain(|cgroup| !cgroup.remove(Duration::from_secs(2)));
    }

    /// Runs one test, from the request to init's end or a reply. `Err`: the harness no longer
    /// listens.
    fn launch(
        &mut self,
        single_threaded: &SingleThreaded,
        blocked: &SignalsBlocked,
        received: &ReceivedRequest,
    ) -> Result<(), Errno> {
        let context = self.context.staying_here();
        let launched = self.launch_here(context, single_threaded, blocked, received);
        context.free_to_move();
        launched
    }

    fn launch_here(
        &mut self,
        context: InitContext,
        single_threaded: &SingleThreaded,
        blocked: &SignalsBlocked,
        received: &ReceivedRequest,
    ) -> Result<(), Errno> {
        let request = received.request;
        let asked = self
            .tests
            .get(request.test as usize)
            .zip(Task::from_bytes(&received.task));
        let Some((test, task)) = asked else {
            return InitContext::spawn_error(Call::Check, Errno::INVAL, 0).send(context.control);
        };
        let mut plan = match self.kept_plan.plan(test, &task, self.facts) {
            Ok(plan) => plan,
            Err(error) => {
                context.page.of_request(request.number).write_error(&error);
                return Reply::PlanFailed.send(context.control);
            }
        };
        self.cgroups.extend(plan.own_cgroup.take());
        let namespaces = plan.clone_flags;
        self.make_named_init(context, single_threaded, blocked, (test, plan), received)
            .or_else(|(call, errno)| {
                InitContext::spawn_error(call, errno, namespaces).send(context.control)
            })
    }

    /// Makes init on a thread with the test's name. The body descends from the thread and inherits
    /// the name.
    fn make_named_init(
        &mut self,
        context: InitContext,
        single_threaded: &SingleThreaded,
        blocked: &SignalsBlocked,
        (test, plan): (&'static Test, Box<Plan>),
        received: &ReceivedRequest,
    ) -> Result<(), Refused> {
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
                    received,
                };
                (make_init(context, spawn), plan)
            },
        );
        let (made, plan) = made.map_err(|error| no_thread(&error))?;
        self.kept_plan.keep(test, plan);
        made
    }
}

impl InitContext {
    /// Waits for the next request that can be received. `None`: the harness is gone, or has no more
    /// tests.
    fn next_request(self) -> Option<ReceivedRequest> {
        loop {
            let pause = self.has_children().then_some(LOOK);
            let [control, lifeline] = fd::poll([self.control, self.lifeline], pause).ok()?;
            if lifeline.hung_up {
                return None;
            }
            if control.hung_up {
                // Also if a request is still there: its sender has given up on it.
                return None;
            }
            if control.readable {
                match ReceivedRequest::receive(self.control) {
                    Ok(received) => return received,
                    Err(errno) => {
                        let reply = Self::spawn_error(Call::Read, errno, 0);
                        reply.send(self.control).ok()?;
                    }
                }
            }
        }
    }

    /// Pins the launcher and init to the current processor. Until the body exists they run in turn,
    /// in one memory. A fork interrupts all processors on which this memory was used, which on a
    /// busy machine takes longer than the fork.
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
            // If it fails, the launcher stays on this processor.
            let _ = all.allow();
        }
    }

    /// Reaps the exited inits that are the launcher's own children, and returns whether some are
    /// left. An init that the harness may still signal keeps its pid. An unreaped init keeps its
    /// share of the machine's limits.
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
}

/// Returns why there is no init if its thread could not be made.
fn no_thread(error: &io::Error) -> Refused {
    match error.raw_os_error() {
        Some(errno) => (Call::Fork, Errno::from_number(errno)),
        // It panicked, and it is unknown how far init's setup went. The harness handles the hang-up
        // of the control socket.
        None => process::exit_now(1),
    }
}
