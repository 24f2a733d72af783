//! One try: the real steps into a sandbox, taken by a child that is thrown away.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::channel::result_page::{InitReport, ResultPage};
use crate::error::{At, Call, Failure, SetupError, Step};
use crate::init;
use crate::request::spec::Spec;
use crate::sandbox::host::HostFacts;
use crate::sandbox::{self, Plan};
use crate::sys::process::{self, Clone, CloneArgs, WaitStatus};
use crate::sys::{Errno, fd, signal};

/// Whether such a sandbox can be made here. From a process with threads, too: the child allocates nothing and takes no lock.
pub(super) fn attempt(spec: &Spec, facts: &HostFacts) -> Result<(), SetupError> {
    let mut plan = Plan::new(spec, facts, Path::new("/"))?;
    let cgroup = plan.own_cgroup.take();
    let answer = take_the_steps(&plan);
    if let Some(cgroup) = cgroup {
        cgroup.remove(Duration::from_secs(2));
    }
    answer
}

/// The child's page: one is enough, as attempts are made one by one.
static PAGE: Mutex<Option<ResultPage>> = Mutex::new(None);

fn take_the_steps(plan: &Plan) -> Result<(), SetupError> {
    let failed = |call| move |errno| SetupError::new(Step::MakeNamespaces, call, errno);
    let mut kept = PAGE.lock().unwrap_or_else(PoisonError::into_inner);
    let page = (*kept)
        .map_or_else(ResultPage::new, Ok)
        .map_err(failed(Call::Mmap))?;
    *kept = Some(page);
    page.clear();
    let pipe = plan.user.needs_outside().then(fd::pipe);
    let maps = pipe.transpose().map_err(failed(Call::Pipe))?;
    // A signal handler of the caller must not run in the child.
    let mask = signal::block_all().map_err(failed(Call::Sigprocmask))?;
    let args = CloneArgs {
        flags: plan.clone_flags,
        ..CloneArgs::default()
    };
    let cloned = match process::clone(args) {
        Ok(Clone::Child) => report(plan, page, maps.as_ref()),
        Ok(Clone::Parent { pid, pidfd }) => Ok((pid, pidfd)),
        Err(errno) => Err(failed(Call::Clone3)(errno)),
    };
    let _ = signal::restore(&mask);
    let (pid, child) = cloned?;
    if let Some((_, maps)) = maps {
        init::write_maps(plan, pid, child.as_fd(), maps.as_fd(), page);
    }
    let _ = process::wait_pidfd(child.as_fd(), true);
    match page.init_report() {
        InitReport::NotSetUp(error) => Err(error),
        InitReport::Ended(_) => Ok(()),
        InitReport::Nothing | InitReport::Corrupt => Err(failed(Call::Check)(Errno::CHILD)),
    }
}

/// The child's whole life.
fn report(plan: &Plan, page: ResultPage, maps: Option<&(OwnedFd, OwnedFd)>) -> ! {
    let entered = wait_for_maps(maps).and_then(|()| sandbox::enter(plan));
    match entered {
        Ok(()) => page.write_ended(WaitStatus(0)),
        Err(failure) => page.write_failure(failure),
    }
    process::exit_now(0)
}

fn wait_for_maps(maps: Option<&(OwnedFd, OwnedFd)>) -> Result<(), Failure<'static>> {
    let Some((go_on, writer)) = maps else {
        return Ok(());
    };
    // So that the caller's end, too, ends the wait.
    fd::close(writer.as_raw_fd());
    fd::read(go_on.as_fd(), &mut [0])
        .at(Step::MapUids, Call::Read)
        .map(drop)
}

/// The number that such a child gives to a question about itself.
pub(super) fn ask(question: impl FnOnce() -> u8) -> Option<u8> {
    let mask = signal::block_all().ok()?;
    let cloned = match process::clone(CloneArgs::default()) {
        Ok(Clone::Child) => process::exit_now(i32::from(question())),
        Ok(Clone::Parent { pidfd, .. }) => Some(pidfd),
        Err(_) => None,
    };
    let _ = signal::restore(&mask);
    let status = process::wait_pidfd(cloned?.as_fd(), true).ok()??;
    status.exit_code().and_then(|code| u8::try_from(code).ok())
}
