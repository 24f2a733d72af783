//! What a launcher does with an order: it makes the plan, has init made, and answers.

use std::os::fd::BorrowedFd;
use std::time::Duration;

use crate::error::Call;
use crate::init::{Fds, Init, Job};
use crate::place::Place;
use crate::sandbox::Plan;
use crate::sandbox::cgroup::Cgroup;
use crate::sys::thread::{Alone, call_on_thread_named};
use crate::sys::vfork::Vfork;
use crate::sys::{Errno, fd, process, signal};
use crate::test::Test;
use crate::wire::control::{Answer, Ordered, Refusal};
use crate::wire::page::Page;

use super::plans::Plans;
use super::{copied, shared};

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
    /// That of the order which is to be answered.
    pub(super) number: u32,
    pub(super) page: Page,
    pub(super) mask: signal::Mask,
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
    pub(super) ordered: &'a Ordered,
}

impl Station {
    /// Until the harness is gone, or has no more tests.
    pub(super) fn serve(mut self, alone: &Alone) {
        while let Some(ordered) = self.means.next_order() {
            self.cgroups.retain(|cgroup| !cgroup.remove(Duration::ZERO));
            if self.launch(alone, ordered).is_err() {
                break;
            }
        }
        self.cgroups
            .retain(|cgroup| !cgroup.remove(Duration::from_secs(2)));
    }

    /// One test, from the order to the answer. `Err`: the harness no longer listens.
    fn launch(&mut self, alone: &Alone, ordered: Ordered) -> Result<(), Errno> {
        let means = Means {
            number: ordered.order.number,
            ..self.means
        };
        let Some(test) = self.tests.get(ordered.order.test as usize) else {
            return means.refuse(Call::Check, Errno::INVAL, 0);
        };
        let mut plan = match self.plans.make(test, self.place) {
            Ok(plan) => plan,
            Err(error) => {
                means.page.tell_error(&error);
                return Answer::unprepared(means.line, means.number);
            }
        };
        self.cgroups.extend(plan.own_cgroup.take());
        // The thread has the test's name, and so has the body, which descends from it.
        let made = call_on_thread_named(alone, &test.name, move |alone: &Alone| {
            means.make_init(Commission {
                alone,
                test,
                plan: &plan,
                ordered: &ordered,
            });
            plan
        });
        match made {
            Ok(plan) => {
                self.plans.keep(test, plan);
                Ok(())
            }
            Err(error) => {
                let errno = error
                    .raw_os_error()
                    .map_or(Errno::AGAIN, Errno::from_number);
                means.refuse(Call::Fork, errno, 0)
            }
        }
    }
}

impl Means {
    /// `None`: the harness is gone, or has no more tests.
    fn next_order(self) -> Option<Ordered> {
        loop {
            let [line, lifeline] = fd::poll([self.line, self.lifeline], None).ok()?;
            if lifeline.hung_up {
                return None;
            }
            if line.readable || line.hung_up {
                return Ordered::receive(self.line);
            }
        }
    }

    fn make_init(self, commission: Commission<'_>) {
        let is_made = match self.vfork {
            Some(vfork) if commission.plan.may_share_memory() => {
                shared::make_init(vfork, self, commission).is_ok()
            }
            _ => false,
        };
        if process::fork_was_cut_short() {
            // The harness takes the hang-up of the line for what it is.
            process::exit_now(1);
        }
        if !is_made {
            copied::make_init(self, commission);
        }
    }

    /// Init, for whichever process is to be it.
    pub(super) fn init<'a>(
        self,
        commission: Commission<'a>,
        output: BorrowedFd<'a>,
        maps: Option<BorrowedFd<'a>>,
    ) -> Init<'a> {
        Init {
            job: Job::Test {
                alone: commission.alone,
                test: commission.test,
                ordered: commission.ordered,
            },
            page: self.page,
            mask: self.mask,
            fds: Fds {
                lifeline: self.lifeline,
                output: Some(output),
                maps,
            },
        }
    }

    pub(super) fn refuse(self, call: Call, errno: Errno, namespaces: u64) -> Result<(), Errno> {
        let refusal = Refusal {
            call,
            errno,
            namespaces: u32::try_from(namespaces).unwrap_or(0),
        };
        Answer::refused(self.line, self.number, refusal)
    }
}
