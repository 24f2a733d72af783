//! The task of the body: the test, or one of its preparations.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use crate::channel::result_page::ResultPage;
use crate::error::Shown;
use crate::request::case::ShouldPanic;
use crate::request::test::Test;
use crate::sandbox::Plan;
use crate::sandbox::host::absolute;
use crate::sandbox::prepared::{Scanned, Task, scan};

use super::role;

/// Returns the panic that the function must end with. A preparation never has to panic.
pub(super) fn should_panic(test: &Test, plan: &Plan) -> ShouldPanic {
    match plan.task {
        Task::Test { .. } => test.should_panic(),
        Task::Prepare { .. } | Task::Remove { .. } => ShouldPanic::No,
    }
}

/// Calls the user's function.
pub(super) fn perform(test: &Test, plan: &Plan, page: ResultPage) -> ExitCode {
    match plan.task {
        Task::Test { .. } => test.call(),
        Task::Prepare {
            prepared, layer, ..
        } => prepare(test, plan, (prepared, layer), page),
        // The removal took place before privileges were dropped.
        Task::Remove { .. } => ExitCode::SUCCESS,
    }
}

fn prepare(
    test: &Test,
    plan: &Plan,
    (prepared, layer): (usize, usize),
    page: ResultPage,
) -> ExitCode {
    let asked = test.spec().mount.as_ref();
    let prepared = asked.and_then(|mount| mount.prepared.get(prepared));
    let function = prepared.and_then(|prepared| prepared.layers.get(layer));
    let (Some(prepared), Some(layer)) = (prepared, function) else {
        return ExitCode::FAILURE;
    };
    role::enter_preparation();
    let target = absolute(Path::new("/"), Path::new(&*prepared.target));
    let code = layer.function.call(&target);
    if code != ExitCode::SUCCESS {
        return code;
    }
    match scan(&target) {
        Ok(scanned) => {
            let scanned = Scanned {
                whole: u64::from(plan.prepares_whole_tree()),
                ..scanned
            };
            page.write_scanned(&scanned.to_text());
            code
        }
        Err(error) => {
            let _ = writeln!(
                io::stderr(),
                "the prepared directory {} can't be read: {error}",
                Shown::new(&target)
            );
            ExitCode::FAILURE
        }
    }
}
