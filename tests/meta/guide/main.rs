//! The guide: its examples are compiled and run, and its links and names exist.

mod blocks;
mod links;
mod page;
mod reference;
mod shell;
mod words;

use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use libtest_mimic::{Arguments, Failed, Trial};
use ns_test_suite::fixture::Check;

use crate::blocks::Crates;
use crate::page::Page;

fn main() -> ExitCode {
    let pages = Arc::new(page::all());
    let mut trials = about_all(&pages);
    trials.extend(one_for_each_block(&pages));
    // One by one: they share a target directory, which cargo locks.
    let arguments = Arguments {
        test_threads: Some(1),
        ..Arguments::from_args()
    };
    ns_test_suite::fixture::run_checks(&arguments, trials)
}

type CheckFunction = fn(&[Page]) -> Check;

fn about_all(pages: &Arc<Vec<Page>>) -> Vec<Trial> {
    let checks: [(&str, CheckFunction); 11] = [
        ("words_of_pages", words::of_pages),
        ("words_of_sources", words::of_sources),
        (
            "a_word_in_a_name_is_found",
            words::a_word_in_a_name_is_found,
        ),
        ("wrapping", words::wrapping),
        ("links_lead_somewhere", links::all_lead_somewhere),
        ("index_is_whole", links::index_is_whole),
        ("variables_are_known", shell::variables_are_known),
        ("commands_exist", shell::commands_exist),
        ("versions_are_ours", shell::versions_are_ours),
        ("fences", blocks::fences),
        ("reference_has_every_key", reference::has_every_key),
    ];
    let trial = |(name, check): (&str, CheckFunction)| {
        let pages = Arc::clone(pages);
        Trial::test(name, move || check(&pages))
    };
    checks.map(trial).into()
}

fn one_for_each_block(pages: &Arc<Vec<Page>>) -> Vec<Trial> {
    let crates = Arc::new(OnceLock::<Result<Crates, Failed>>::new());
    let mut trials = Vec::new();
    for (number, page) in pages.iter().enumerate() {
        for (at, block) in page.blocks.iter().enumerate() {
            if !blocks::is_run(block) {
                continue;
            }
            let (pages, crates) = (Arc::clone(pages), Arc::clone(&crates));
            trials.push(Trial::ignorable_test(page.place(block.line), move || {
                let crates = crates.get_or_init(|| built(&pages)).as_ref();
                crates.map_err(Failed::clone)?.run(&pages[number], at)
            }));
        }
    }
    trials
}

fn built(pages: &[Page]) -> Result<Crates, Failed> {
    let crates = Crates::write(pages)?;
    crates.build();
    Ok(crates)
}
