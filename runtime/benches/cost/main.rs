//! Measures what a test costs, compared with the bare system calls and with other tools that
//! isolate tests.
//!
//! `cargo bench -p ns-test` runs all parts. Words after `--` choose parts by name, `--gate` makes a
//! missed gate an error, `--quick` halves the rounds. The measured programs are this binary, with a
//! role in its environment.

mod attributes;
mod backlog;
mod build;
mod compare;
mod contender;
mod drain;
mod fence;
mod fixture;
mod floor;
mod goals;
mod group;
mod growth;
mod host;
mod judgement;
mod measure;
mod names;
mod network;
mod nextest;
mod options;
mod outer;
mod page_cache;
mod parts;
mod repeat;
mod report;
mod report_goals;
mod scratch;
mod service;
mod set_up;
mod statistics;
mod suites;
mod system_calls;

use std::env;
use std::process::ExitCode;

use contender::Place;
use options::Options;

/// The variable with the role of a process of this binary.
const ROLE: &str = "NS_TEST_BENCH_ROLE";

fn main() -> ExitCode {
    match env::var(ROLE).as_deref() {
        Ok("fixture") => host::burden_of_environment().map_or_else(failed, |_held| fixture::run()),
        Ok("service") => service::role(),
        Ok("network") => network::role(),
        Ok("floor") => floor::run().map_or_else(failed, |()| ExitCode::SUCCESS),
        Ok("repeat") => repeat::run().map_or_else(failed, |()| ExitCode::SUCCESS),
        // Without the flag, `cargo test --all-targets` runs it, which is not a measurement.
        _ if env::args().any(|argument| argument == "--bench") => bench().unwrap_or_else(failed),
        _ => ExitCode::SUCCESS,
    }
}

fn bench() -> Result<ExitCode, String> {
    let options = Options::from_arguments(env::args().skip(1), &parts::names())?;
    let place = Place::find()?;
    let mut log = parts::run(&place, &options)?;
    let mut judgements = goals::judge(&log);
    let missed = judgement::missed(&judgements);
    if !missed.is_empty() {
        let again = parts::run_again(&missed, &place, &options)?;
        judgement::replace(&mut judgements, goals::judge(&again));
        log.rows.extend(again.rows);
        log.facts.extend(again.facts);
    }
    if !options.is_whole() {
        judgements.retain(|judgement| judgement.value.is_some());
    }
    let missed = report_goals::goals(&judgements);
    let file = log.write()?;
    report::file(&file);
    Ok(ExitCode::from(u8::from(options.gate && missed > 0)))
}

fn failed(message: impl AsRef<str>) -> ExitCode {
    report::error(message.as_ref());
    ExitCode::FAILURE
}
