//! Compares the layers of ARCHITECTURE.md with the `use` lines of the code.
//!
//! Every target of the workspace has an upper bound, and the runtime has the words of the golden
//! files that only a virtual machine compares. Each raw call states why nix cannot serve, and what
//! ARCHITECTURE.md names exists.

mod bounds;
mod cycles;
mod document;
mod fence;
mod folders;
mod imports;
mod layers;
mod messages;
mod raw_calls;
mod sources;
mod steps;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let mut trials = vec![
        Trial::test(
            "every_step_and_call_is_made",
            steps::every_step_and_call_is_made,
        ),
        Trial::test(
            "every_target_has_an_upper_bound",
            bounds::every_target_has_an_upper_bound,
        ),
        Trial::test(
            "golden_files_of_kernels_have_the_words_of_the_runtime",
            messages::golden_files_of_kernels_have_the_words_of_the_runtime,
        ),
    ];
    trials.extend(cycles::trials());
    trials.extend(document::trials());
    trials.extend(fence::trials());
    trials.extend(folders::trials());
    trials.extend(layers::trials());
    trials.extend(raw_calls::trials());
    ns_test_suite::fixture::run_checks(&Arguments::from_args(), trials)
}
