//! What a launcher does with an order: it makes the plan, has init made, and answers.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::time::Duration;

use crate::channel::init_pid::InitPid;
use crate::channel::request_socket::{ReceivedRequest, Reply, SpawnError, TestRequest};
use crate::channel::result_page::ResultPage;
use crate::error::Call;
use crate::init::{Fds, Init, Job};
use crate::request::test::Test;
use crate::sandbox::Plan;
use crate::sandbox::cgroup::Cgroup;
use crate::sandbox::host::HostFacts;
use crate::sandbox::inherited::Inherited;
use crate::sys::affinity::Processors;
use crate::sys::signal::SignalsBlocked;
use crate::sys::thread::{SingleThreaded, call_on_thread_named};
use crate::sys::vfork::Vfork;
use crate::sys::{Errno, fd, process};

use super::plan_cache::PlanCache;
use super::spawn::{clone, vfork};

/// A launcher at work.
pub(super) struct LauncherLoop {
    pub(super) tests: &'static [Test],
    pub(super) facts: &'static HostFacts,
    pub(super) context: InitContext,
    pub(super) plan_cache: PlanCache,
    /// Those that tests were limited by. When one can be removed nobody says: it is tried again and again.
    pub(super) cgroups: Vec<Cgroup>,
}

/// What every init has from its launcher.
#[derive(Clone, Copy)]
pub(super) struct InitContext {
    pub(super) page: ResultPage,
    pub(super) init: InitPid,
    /// `CLONE_PARENT` or nothing: whose child init is.
    pub(super) parenthood: u64,
    pub(super) inherited: Inherited,
    pub(super) control: BorrowedFd<'static>,
    pub(super) lifeline: BorrowedFd<'static>,
    /// `None`: init has to have a copy of the launcher's memory.
    pub(super) vfork: Option<Vfork>,
}

/// One test on its way.
#[derive(Clone, Copy)]
pub(super) struct SpawnRequest<'a> {
    pub(super) single_threaded: &'a SingleThreaded,
    pub(super) blocked: &'a SignalsBlocked,
    pub(super) test: &'static Test,
    pub(super) plan: &'a Plan,
    pub(super) request: TestRequest,
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
        let Some(test) = self.tests.get(request.test as usize) else {
            return context.decline(
                request,
                InitContext::spawn_error(Call::Check, Errno::INVAL, 0),
            );
        };
        let mut plan = match self.plan_cache.make(test, self.facts) {
            Ok(plan) => plan,
            Err(error) => {
                context.page.write_error(&error);
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
                context.make_init(SpawnRequest {
                    single_threaded,
                    blocked,
                    test,
                    plan: &plan,
                    request,
                });
                plan
            },
        );
        match made {
            Ok(plan) => {
                self.plan_cache.keep(test, plan);
                Ok(())
            }
            Err(error) => context.no_thread(request, &error),
        }
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
            if control.readable || control.hung_up {
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
            inherited: Inherited { processors },
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

    fn make_init(self, spawn: SpawnRequest<'_>) {
        let is_made = match self.vfork {
            Some(vfork) if spawn.plan.may_share_memory() => {
                vfork::make_init(vfork, self, spawn).is_ok()
            }
            _ => false,
        };
        if process::fork_was_cut_short() {
            // The harness takes the hang-up of the line for what it is.
            process::exit_now(1);
        }
        if !is_made {
            clone::make_init(self, spawn);
        }
    }

    /// Init, for whichever process is to be it.
    pub(super) fn init<'a>(
        self,
        spawn: SpawnRequest<'a>,
        received: ReceivedRequest,
        maps: Option<OwnedFd>,
    ) -> Init<'a> {
        Init {
            job: Job::Test {
                single_threaded: spawn.single_threaded,
                test: spawn.test,
                request: received.request,
                streams: received.streams,
            },
            page: self.page,
            inherited: self.inherited,
            fds: Fds {
                lifeline: self.lifeline,
                output: Some(received.output),
                maps,
            },
        }
    }

    pub(super) fn spawn_error(call: Call, errno: Errno, namespaces: u64) -> Reply {
        Reply::Refused(SpawnError {
            call,
            errno,
            namespaces: u32::try_from(namespaces).unwrap_or(0),
        })
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
