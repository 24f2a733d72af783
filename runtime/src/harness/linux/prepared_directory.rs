//! One prepared directory of a test: how it is found, or filled by its functions, and shown.

use std::path::PathBuf;
use std::sync::Arc;

use crate::error::{SetupError, Shown};
use crate::outcome::debug_options::DebugOptions;
use crate::outcome::finished::Finished;
use crate::outcome::prepared::{FailedPreparation, HowItFailed, NotPrepared, UsedDirectory};
use crate::outcome::verdict::{Ending, Verdict};
use crate::report;
use crate::request::prepared::{Preparation, Prepared};
use crate::request::test::Test;
use crate::sandbox::prepared::key::{Key, KeyContext};
use crate::sandbox::prepared::slot::{Draft, SealedTree, Slot};
use crate::sandbox::prepared::{Changes, Medium, Scanned, Seal, Task, View};
use crate::sandbox::several_ids;

use super::preparations::{AT_LEAST, Open, Preparations};
use super::run_options::RunOptions;
use super::worker::{Purpose, Worker};

/// One prepared directory of one test.
pub(super) struct OneDirectory<'a> {
    pub(super) purpose: Purpose<'a>,
    pub(super) opened: &'a Open,
    pub(super) number: usize,
    pub(super) asked: &'a Prepared,
}

impl OneDirectory<'_> {
    /// Returns the trees of all its layers, the lowest first.
    pub(super) fn prepare(&self, worker: &mut Worker) -> Result<Vec<Arc<SealedTree>>, NotPrepared> {
        let (mut trees, mut below) = (Vec::new(), None);
        for layer in 0..self.asked.layers.len() {
            let key = self
                .key(layer, below.as_ref())
                .map_err(NotPrepared::NotSetUp)?;
            trees.push(self.layer(layer, &key, &trees, worker)?);
            below = Some(key);
        }
        Ok(trees)
    }

    fn key(&self, layer: usize, below: Option<&Key>) -> Result<Key, SetupError> {
        let test = self.purpose.test;
        let (facts, base) = (&Preparations::get().facts, test.base());
        let user = test.spec().user.as_ref();
        let id_maps = user.and_then(|user| several_ids(user, facts));
        let context = KeyContext {
            facts,
            base: &base,
            id_maps: id_maps.as_deref().unwrap_or_default(),
            memo: &self.opened.store.memo(),
        };
        Key::new(test.spec(), self.asked, layer, below, context)
    }

    /// Finds the tree of one layer, or makes its function fill one.
    fn layer(
        &self,
        layer: usize,
        key: &Key,
        below: &[Arc<SealedTree>],
        worker: &mut Worker,
    ) -> Result<Arc<SealedTree>, NotPrepared> {
        let preparations = Preparations::get();
        if let Some(found) = self.find(key, layer)? {
            return Ok(found);
        }
        let slot = self.opened.store.slot(key).map_err(NotPrepared::NotSetUp)?;
        let lock = slot.lock().map_err(NotPrepared::NotSetUp)?;
        // Another thread or process may have filled it before this one got the lock.
        if let Some(found) = self.find(key, layer)? {
            return Ok(found);
        }
        let (draft, left) = slot.begin(lock).map_err(NotPrepared::NotSetUp)?;
        worker.remove_in_sandbox(self.purpose, left);
        let filled = self.fill(layer, &draft, below, worker);
        let scanned = match filled {
            Ok(scanned) => scanned,
            Err(why) => {
                worker.remove_in_sandbox(self.purpose, draft.discard().into_iter().collect());
                if let NotPrepared::Failed(_) = why {
                    self.remember_failure(key, &slot);
                }
                return Err(why);
            }
        };
        let sealed = slot.seal(&draft, self.function(layer), &preparations.run, scanned);
        let older = sealed.map_err(NotPrepared::NotSetUp)?;
        worker.remove_in_sandbox(self.purpose, older);
        self.opened.store.remove_old_states(key, &mut |foreign| {
            worker.remove_in_sandbox(self.purpose, foreign);
        });
        match slot.current() {
            Some(tree) => Ok(preparations.keep(key, tree)),
            None => Err(self.failed(
                layer,
                HowItFailed::Now(report::PREPARED_AND_CHANGED.to_owned()),
            )),
        }
    }

    /// Returns a sealed tree, or the known failure.
    fn find(&self, key: &Key, layer: usize) -> Result<Option<Arc<SealedTree>>, NotPrepared> {
        let preparations = Preparations::get();
        if let Some(tree) = preparations.tree(key) {
            return Ok(Some(tree));
        }
        if let Some(test) = preparations.failure(key) {
            return Err(self.failed(layer, HowItFailed::Before { test }));
        }
        let slot = self.opened.store.slot(key).map_err(NotPrepared::NotSetUp)?;
        if let Some(test) = self.failure_elsewhere(&slot) {
            return Err(self.failed(layer, HowItFailed::Before { test }));
        }
        let again = self.purpose.options.prepare_again;
        let current = slot.current();
        let current = current.filter(|tree| !again || tree.seal.run == preparations.run);
        Ok(current.map(|tree| preparations.keep(key, tree)))
    }

    /// Runs the function in a sandbox of the test's kind, with the draft mounted on the target.
    fn fill(
        &self,
        layer: usize,
        draft: &Draft,
        below: &[Arc<SealedTree>],
        worker: &mut Worker,
    ) -> Result<Scanned, NotPrepared> {
        let task = Task::Prepare {
            prepared: self.number,
            layer,
            view: View {
                lower: lower(below),
                // The function may remove directories of the layers below.
                copy: !self.opened.media.disk_has_attributes,
                changes: vec![Changes::Disk {
                    upper: draft.tree(),
                    work: draft.work(),
                }],
            },
        };
        let stand_in = self.purpose.test.stand_in();
        let options = self.options(&self.asked.layers[layer]);
        let purpose = Purpose {
            test: &stand_in,
            options: &options,
            ..self.purpose
        };
        let (finished, scanned) = worker.request_scanned(purpose, &task);
        self.judge(layer, &finished, &stand_in)?;
        let scanned = Scanned::from_text(&scanned);
        scanned.ok_or_else(|| {
            self.failed(
                layer,
                HowItFailed::Now(report::failure(&Ending::Corrupt, &finished, &stand_in)),
            )
        })
    }

    fn judge(&self, layer: usize, finished: &Finished, stand_in: &Test) -> Result<(), NotPrepared> {
        Err(match finished.outcome.judge(stand_in) {
            Verdict::Passed if !finished.outcome.has_leftovers => return Ok(()),
            Verdict::Passed => self.failed(
                layer,
                HowItFailed::LeftProcesses(report::left_by_preparation(finished)),
            ),
            Verdict::Ignored(reason) => NotPrepared::Skipped(reason),
            Verdict::Failed(Ending::NotSetUp(error)) => NotPrepared::NotSetUp(error),
            Verdict::Failed(ending) => {
                let text = report::preparation(&ending, finished, stand_in);
                self.failed(layer, HowItFailed::Now(text))
            }
        })
    }

    /// Returns the run's options, adapted to a preparation.
    fn options(&self, preparation: &Preparation) -> RunOptions {
        let options = self.purpose.options;
        let of_test = self.purpose.test.timeout().or(options.timeout);
        RunOptions {
            debug: DebugOptions::default(),
            timeout: preparation
                .timeout
                .or(of_test.map(|timeout| timeout.max(AT_LEAST))),
            ..*options
        }
    }

    /// Returns how the test sees the trees.
    pub(super) fn view(
        &self,
        trees: &[Arc<SealedTree>],
        directories: &mut Vec<PathBuf>,
        worker: &mut Worker,
    ) -> Result<View, SetupError> {
        // The size of the topmost layer includes all layers below it.
        let whole = trees
            .last()
            .map_or_else(Scanned::default, |tree| tree.seal.scanned);
        let media = self.opened.media;
        let (copy, mut order) = (media.copies(self.asked), media.order(self.asked, &whole));
        if copy {
            order = &order[..1];
        }
        let mut changes = Vec::new();
        for medium in order {
            changes.push(match medium {
                Medium::Memory => Changes::Memory { size: whole.bytes },
                Medium::Disk => {
                    let (changes, directory, left) = self.opened.changes()?;
                    worker.remove_in_sandbox(self.purpose, left);
                    directories.push(directory);
                    changes
                }
            });
        }
        Ok(View {
            lower: lower(trees),
            copy,
            changes,
        })
    }

    pub(super) fn used(&self, seal: &Seal) -> UsedDirectory {
        UsedDirectory {
            target: Shown::new(&*self.asked.target).to_string(),
            function: seal.function.clone(),
            at: seal.at,
        }
    }

    fn function(&self, layer: usize) -> &'static str {
        self.asked.layers[layer].function.name()
    }

    fn failed(&self, layer: usize, how: HowItFailed) -> NotPrepared {
        NotPrepared::Failed(FailedPreparation {
            target: Shown::new(&*self.asked.target).to_string(),
            function: self.function(layer).to_owned(),
            how,
        })
    }

    /// Stores the failure for this process, and for the others that nextest starts for this run, so
    /// that the function's output is reported once.
    fn remember_failure(&self, key: &Key, slot: &Slot) {
        let (preparations, test) = (Preparations::get(), &self.purpose.test.name);
        preparations.fail(key, test);
        if Preparations::has_other_processes() {
            slot.write_failure(&format!("{}\n{}\n{test}\n", preparations.run, attempt()));
        }
    }

    /// Returns the test whose report contains the failure, unless that was in another run or an
    /// earlier attempt.
    fn failure_elsewhere(&self, slot: &Slot) -> Option<String> {
        if !Preparations::has_other_processes() {
            return None;
        }
        let text = slot.failure()?;
        let mut lines = text.lines();
        let is_of_this_run = lines.next()? == Preparations::get().run;
        let is_current = lines.next()?.parse::<u32>().ok()? >= attempt();
        (is_of_this_run && is_current).then(|| lines.next().unwrap_or_default().to_owned())
    }
}

/// Returns the trees to show, from the topmost down to one that is complete.
fn lower(trees: &[Arc<SealedTree>]) -> Vec<PathBuf> {
    let whole = trees.iter().rposition(|tree| tree.seal.scanned.whole == 1);
    let shown = &trees[whole.unwrap_or(0)..];
    shown.iter().rev().map(|tree| tree.tree.clone()).collect()
}

/// Returns nextest's number for this attempt at a test. A later attempt may prepare what an earlier
/// one could not.
fn attempt() -> u32 {
    let attempt = std::env::var("NEXTEST_ATTEMPT").ok();
    attempt
        .and_then(|attempt| attempt.parse().ok())
        .unwrap_or(1)
}
