//! Pages for children. One is never unmapped, since whoever reads it must be sure that it is there: those of children that
//! are gone serve the next ones.

use std::sync::Mutex;

use crate::channel::result_page::ResultPage;
use crate::sys::Errno;
use crate::sys::lock::lock;

/// A clear page.
pub(super) fn take() -> Result<ResultPage, Errno> {
    let used = lock(&IDLE).pop();
    let page = used.map_or_else(ResultPage::new, Ok)?;
    page.clear();
    Ok(page)
}

/// Takes back the page of a child that is gone.
pub(super) fn give_back(page: ResultPage) {
    lock(&IDLE).push(page);
}

static IDLE: Mutex<Vec<ResultPage>> = Mutex::new(Vec::new());
