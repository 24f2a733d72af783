//! Result pages for children. They are never unmapped, because a reader may still refer to one. The
//! pages of children that are gone are used again.

use std::sync::Mutex;

use crate::channel::result_page::{ResultPage, SharedPage};
use crate::sys::Errno;
use crate::sys::lock::lock;

/// Returns a cleared page. Gives up a page on which a process still writes.
pub(super) fn take() -> Result<ResultPage, Errno> {
    let used = lock(&IDLE).pop();
    SharedPage::open_or_new(used).map(|(_, page)| page)
}

/// Takes back the page of a child that is gone.
pub(super) fn give_back(page: ResultPage) {
    lock(&IDLE).push(page.shared());
}

static IDLE: Mutex<Vec<SharedPage>> = Mutex::new(Vec::new());
