//! What init gets from its launcher, with either way to make it.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use crate::channel::init_pid::InitPid;
use crate::channel::request_socket::{ReceivedRequest, Reply, SpawnError};
use crate::channel::result_page::SharedPage;
use crate::error::Call;
use crate::init::{Fds, Init, Job};
use crate::request::test::Test;
use crate::sandbox::Plan;
use crate::sandbox::inherited::Inherited;
use crate::sys::Errno;
use crate::sys::signal::SignalsBlocked;
use crate::sys::thread::SingleThreaded;
use crate::sys::vfork::Vfork;

/// What every init gets from its launcher.
#[derive(Clone, Copy)]
pub(in crate::launcher) struct InitContext {
    pub(in crate::launcher) page: SharedPage,
    pub(in crate::launcher) init: InitPid,
    /// `CLONE_PARENT` or 0: decides which process is init's parent.
    pub(in crate::launcher) parenthood: u64,
    pub(in crate::launcher) inherited: Inherited,
    pub(in crate::launcher) control: BorrowedFd<'static>,
    pub(in crate::launcher) lifeline: BorrowedFd<'static>,
    /// `None`: init needs a copy of the launcher's memory.
    pub(in crate::launcher) vfork: Option<Vfork>,
}

/// A test that is being started.
#[derive(Clone, Copy)]
pub(in crate::launcher) struct SpawnRequest<'a> {
    pub(in crate::launcher) single_threaded: &'a SingleThreaded,
    pub(in crate::launcher) blocked: &'a SignalsBlocked,
    pub(in crate::launcher) test: &'static Test,
    pub(in crate::launcher) plan: &'a Plan,
    pub(in crate::launcher) received: &'a ReceivedRequest,
}

impl InitContext {
    /// Returns the init for the process that is to run it.
    pub(in crate::launcher) fn init<'a>(
        self,
        spawn: SpawnRequest<'a>,
        maps: Option<OwnedFd>,
    ) -> Init<'a> {
        let received = spawn.received;
        Init {
            job: Job::Test {
                single_threaded: spawn.single_threaded,
                test: spawn.test,
                request: received.request,
                streams: received
                    .streams
                    .each_ref()
                    .map(|fd| fd.as_ref().map(AsFd::as_fd)),
            },
            page: self.page.of_request(received.request.number),
            inherited: self.inherited,
            fds: Fds {
                lifeline: self.lifeline,
                output: Some(received.output.as_fd()),
                maps,
            },
        }
    }

    pub(in crate::launcher) fn spawn_error(call: Call, errno: Errno, namespaces: u64) -> Reply {
        Reply::Refused(SpawnError {
            call,
            errno,
            namespaces: u32::try_from(namespaces).unwrap_or(0),
        })
    }
}
