//! One test of a run, from its prepared directories to its outcome.

use std::mem;

use crate::launcher::Launcher;
use crate::outcome::finished::Finished;
use crate::request::test::Test;
use crate::sandbox::prepared::{Task, View};

use super::run_options::RunOptions;
use super::serial_lock::SerialLock;
use super::worker::{Purpose, Worker};

impl Worker {
    /// Runs test number `index` of the table.
    ///
    /// `replacement` makes another launcher in place of a lost one.
    pub(crate) fn run(
        &mut self,
        index: u32,
        test: &Test,
        options: &RunOptions,
        replacement: &dyn Fn() -> Option<Launcher>,
    ) -> Finished {
        let purpose = Purpose {
            index,
            test,
            options,
            replacement,
        };
        let mut directories = match self.prepare(purpose) {
            Ok(directories) => directories,
            Err(why) => return Finished::not_prepared(why),
        };
        let finished = self.run_prepared(purpose, mem::take(&mut directories.views));
        let finished = Finished {
            prepared: mem::take(&mut directories.used),
            ..finished
        };
        self.release(purpose, &directories);
        finished
    }

    fn run_prepared(&mut self, purpose: Purpose<'_>, views: Vec<View>) -> Finished {
        // Before any timing starts, because the wait for the serial lock may be long.
        let serial_lock = match purpose.test.serial().map(SerialLock::wait).transpose() {
            Ok(serial_lock) => serial_lock,
            Err(error) => return Finished::not_launched(error),
        };
        let finished = self.request(purpose, &Task::Test { views });
        drop(serial_lock);
        finished
    }
}
