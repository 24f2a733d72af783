//! Id maps that someone outside of the user namespace has to write.

use std::os::fd::BorrowedFd;

use crate::channel::result_page::ResultPage;
use crate::sandbox::Plan;
use crate::sys::process::{self, Pid};
use crate::sys::{fd, signal};

/// Writes the id maps that init can't write for itself, and tells it to go on; or ends it, with the reason on its page.
pub(crate) fn write_maps(
    plan: &Plan,
    pid: Pid,
    init: BorrowedFd<'_>,
    go_on: BorrowedFd<'_>,
    page: ResultPage,
) {
    if let Err(error) = plan.user.map_from_outside(pid) {
        page.write_error(&error);
        let _ = process::pidfd_send_signal(init, signal::SIGKILL);
    } else {
        // Should it fail init is dead, which whoever waits for it sees.
        let _ = fd::write(go_on, b"!");
    }
}
