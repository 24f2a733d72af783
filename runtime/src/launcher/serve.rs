//! What a launcher does with an order: it makes the plan, has init made, and answers.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use crate::channel::init_pid::InitPid;
use crate::channel::request_socket::{Answer, Order, Ordered, Refusal};
use crate::channel::result_page::Page;
use crate::error::Call;
use crate::init::{Fds, Init, Job};
use crate::request::test::Test;
use crate::sandbox::Plan;
use crate::sandbox::cgroup::Cgroup;
use crate::sandbox::host::Place;
use crate::sandbox::inherited::Inherited;
use crate::sys::affinity::Processors;
use crate::sys::thread::{Alone, call_on_thread_named};
use crate::sys::vfork::Vfork;
use crate::sys::{Errno, fd, process};

use super::plan_cache::Plans;
use super::spawn::{clone, vfork};

/// A launcher at work.
pub(super) struct Station {
    pub(super) tests: &'static [Test],
    pub(super) place: &'static Place,
    pub(super) means: Means,
    pub(super) plans: Plans,
    /// Those that tests were limited by. When one can be removed nobody says: it is tried again and again.
    pub(super) cgroups: Vec<Cgroup>,
}

/// What every init has from its launcher.
#[derive(Clone, Copy)]
pub(super) struct Means {
    pub(super) page: Page,
    pub(super) init: InitPid,
    /// `CLONE_PARENT` or nothing: whose child init is.
    pub(super) parenthood: u64,
    pub(super) inherited: Inherited,
    pub(super) line: BorrowedFd<'static>,
    pub(super) lifeline: BorrowedFd<'static>,
    /// `None`: init has to have a copy of the launcher's memory.
    pub(super) vfork: Option<Vfork>,
}

/// One test on its way.
#[derive(Clone, Copy)]
pub(super) struct Commission<'a> {
    pub(super) alone: &'a Alone,
    pub(super) test: &'static Test,
    pub(super) plan: &'a Plan,
    pub(super) order: Order,
}

/// How often children are looked after that have not ended.
const LOOK: Duration = Duration::from_millis(10);

impl Station {
    /// Until the harness is gone, or has no more tests.
    pub(super) fn serve(mut self, alone: &Alone) {
        while let Some(order) = self.means.next_order() {
            self.cgroups.retain(|cgroup| !cgroup.remove(Duration::ZERO));
            if self.launch(alone, order).is_err() {
                break;
            }
        }
        self.means.wait_for_children();
        self.cgroups
            .retain(|cgroup| !cgroup.remove(Duration::from_secs(2)));
    }

    /// One test, from the order to init's end or an answer. `Err`: the harness no longer listens.
    fn launch(&mut self, alone: &Alone, order: Order) -> Result<(), Errno> {
        let means = self.means.staying_here();
        let launched = self.launch_here(means, alone, order);
        means.free_to_move();
        launched
    }

    fn launch_here(&mut self, means: Means, alone: &Alone, order: Order) -> Result<(), Errno> {
        let Some(test) = self.tests.get(order.test as usize) else {
            return means.decline(order, Means::refusal(Call::Check, Errno::INVAL, 0));
        };
        let mut plan = match self.plans.make(test, self.place) {
            Ok(plan) => plan,
            Err(error) => {
                means.page.tell_error(&error);
                return means.decline(order, Answer::Unprepared);
            }
        };
        self.cgroups.extend(plan.own_cgroup.take());
        // The thread has the test's name, and so has the body, which descends from it.
        let made = call_on_thread_named(alone, &test.name, move |alone: &Alone| {
            means.make_init(Commission {
                alone,
                test,
                plan: &plan,
                order,
            });
            plan
        });
        match made {
            Ok(plan) => {
                self.plans.keep(test, plan);
                Ok(())
            }
            Err(error) => match error.raw_os_error() {
                Some(errno) => {
                    let errno = Errno::from_number(errno);
                    means.decline(order, Means::refusal(Call::Fork, errno, 0))
                }
                // It has panicked: nobody knows how far it came. The harness takes the hang-up of the line for what it is.
                None => process::exit_now(1),
            },
        }
    }
}

impl Means {
    /// `None`: the harness is gone, or has no more tests.
    fn next_order(self) -> Option<Order> {
        loop {
            let pause = self.has_children().then_some(LOOK);
            let [line, lifeline] = fd::poll([self.line, self.lifeline], pause).ok()?;
            if lifeline.hung_up {
                return None;
            }
            if line.readable || line.hung_up {
                return Order::look(self.line);
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

    fn make_init(self, commission: Commission<'_>) {
        let is_made = match self.vfork {
            Some(vfork) if commission.plan.may_share_memory() => {
                vfork::make_init(vfork, self, commission).is_ok()
            }
            _ => false,
        };
        if process::fork_was_cut_short() {
            // The harness takes the hang-up of the line for what it is.
            process::exit_now(1);
        }
        if !is_made {
            clone::make_init(self, commission);
        }
    }

    /// Init, for whichever process is to be it.
    pub(super) fn init<'a>(
        self,
        commission: Commission<'a>,
        ordered: &'a Ordered,
        maps: Option<BorrowedFd<'a>>,
    ) -> Init<'a> {
        Init {
            job: Job::Test {
                alone: commission.alone,
                test: commission.test,
                ordered,
            },
            page: self.page,
            inherited: self.inherited,
            fds: Fds {
                lifeline: self.lifeline,
                output: Some(ordered.output.as_fd()),
                maps,
            },
        }
    }

    pub(super) fn refusal(call: Call, errno: Errno, namespaces: u64) -> Answer {
        Answer::Refused(Refusal {
            call,
            errno,
            namespaces: u32::try_from(namespaces).unwrap_or(0),
        })
    }

    /// Answers, and then takes the order off the line, which has its pipe hang up.
    fn decline(self, order: Order, answer: Answer) -> Result<(), Errno> {
        answer.send(self.line)?;
        order.take_off(self.line);
        Ok(())
    }
}
