//! One attempt: a child takes the real steps into a sandbox, and then exits.

use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::Mutex;
use std::time::Duration;

use crate::channel::result_page::{InitReport, ResultPage, SharedPage};
use crate::error::{At, Call, Failure, SetupError, Step};
use crate::request::spec::Spec;
use crate::sandbox::host::HostFacts;
use crate::sandbox::spawn::{ChildSide, spawn};
use crate::sandbox::{self, Plan};
use crate::sys::lock::lock;
use crate::sys::process::{self, CloneArgs};
use crate::sys::{Errno, fd};

/// Tries whether this machine can make such a sandbox. A process with threads may call it, too: the
/// child allocates nothing and takes no lock.
pub(super) fn attempt(spec: &Spec, facts: &HostFacts) -> Result<(), SetupError> {
    attempt_and(spec, facts, |_| Ok(()))
}

/// What to try in a sandbox. It must not allocate.
pub(super) type Question = fn(&Plan) -> Result<(), Failure<'_>>;

/// Does what [`attempt`] does, and asks the question in the sandbox.
pub(super) fn attempt_and(
    spec: &Spec,
    facts: &HostFacts,
    question: Question,
) -> Result<(), SetupError> {
    let mut plan = Plan::new(spec, facts, Path::new("/"))?;
    let cgroup = plan.own_cgroup.take();
    let answer = attempt_plan(&plan, question);
    if let Some(cgroup) = cgroup {
        cgroup.remove(Duration::from_secs(2));
    }
    answer
}

/// The child's result page. One is enough, because attempts run one at a time.
static PAGE: Mutex<Option<SharedPage>> = Mutex::new(None);

/// Tries the steps of this plan, and then asks the question in the sandbox.
pub(super) fn attempt_plan(plan: &Plan, question: Question) -> Result<(), SetupError> {
    let failed = |call| move |errno| SetupError::new(Step::MakeNamespaces, call, errno);
    let mut kept = lock(&PAGE);
    let (shared, page) = SharedPage::open_or_new(*kept).map_err(failed(Call::Mmap))?;
    *kept = Some(shared);
    shared.share_with_children();
    let spawned = spawn(plan, CloneArgs::default(), |side| {
        report(plan, page, &side, question)
    });
    // Launchers that are forked later, and their tests, would inherit it.
    shared.keep_from_children();
    let child = spawned.map_err(|(call, errno)| failed(call)(errno))?;
    let written = child.write_maps(plan);
    if written.is_err() {
        child.kill();
    }
    let _ = process::wait_pidfd(child.pidfd.as_fd(), true);
    written?;
    match page.init_report() {
        InitReport::NotSetUp(error) => Err(error),
        InitReport::Ended(_) => Ok(()),
        InitReport::Nothing | InitReport::Corrupt => Err(failed(Call::Check)(Errno::CHILD)),
    }
}

/// Runs the child until it exits.
fn report(plan: &Plan, page: ResultPage, side: &ChildSide, question: Question) -> ! {
    let entered = wait_for_maps(side)
        .and_then(|()| sandbox::enter(plan))
        .and_then(|()| question(plan));
    match entered {
        Ok(()) => page.write_ended(ExitStatus::from_raw(0)),
        Err(failure) => page.write_failure(failure),
    }
    process::exit_now(0)
}

fn wait_for_maps(side: &ChildSide) -> Result<(), Failure<'static>> {
    let Some(maps) = &side.maps else {
        return Ok(());
    };
    fd::read(maps.as_fd(), &mut [0])
        .at(Step::MapUids, Call::Read)
        .map(drop)
}
