//! Pages for children. One is never unmapped, since whoever reads it must be sure that it is there: those of children that
//! are gone serve the next ones.

use std::sync::Mutex;

use crate::channel::result_page::{ResultPage, SharedPage};
use crate::sys::Errno;
use crate::sys::lock::lock;

/// A clear page. One on which a process still writes is given up.
pub(super) fn take() -> Result<ResultPage, Errno> {
    let used = lock(&IDLE).pop();
    SharedPage::open_or_new(used).map(|(_, page)| page)
}

/// Takes back the page of a child that is gone.
pub(super) fn give_back(page: ResultPage) {
    lock(&IDLE).push(page.shared());
}

static IDLE: Mutex<Vec<SharedPage>> = Mutex::new(Vec::new());
