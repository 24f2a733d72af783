//! From one test to the next, and to the harness.

use std::fs;

use libtest_mimic::Trial;
use ns_test_suite::fixture::{Check, Transcript, with_time};
use ns_test_suite::raw;

use crate::stage::Stage;

pub(crate) fn checks() -> Vec<Trial> {
    vec![
        Trial::test("neighbours::settings", settings),
        with_time("neighbours::clocks", clocks),
    ]
}

fn settings() -> Check {
    let stage = Stage::new("neighbours")?;
    let mut command = stage.command_for_all("neighbours::neighbours_");
    command.current_dir(stage.path("")).env(
        "NS_TEST_SUITE_FILES",
        raw::limit(libc::RLIMIT_NOFILE).to_string(),
    );
    Transcript::of(&mut command).passed(2)
}

fn clocks() -> Check {
    let stage = Stage::new("clocks")?;
    let own = fs::read_link("/proc/self/ns/time")?;
    let mut command = stage.command_for_all("neighbours::clocks_");
    let held = stage.hold(command.env("NS_TEST_SUITE_TIME", &own))?;
    let harness = format!("/proc/{}/ns", held.id());
    assert_eq!(fs::read_link(format!("{harness}/time"))?, own);
    assert_eq!(fs::read_link(format!("{harness}/time_for_children"))?, own);
    let transcript = held.end()?;
    transcript.passed(2)?;
    transcript.verify(
        seconds(&transcript.text) < Some(60.0),
        "a duration of seconds",
    )
}

/// Returns the duration of the run, as the harness prints it.
fn seconds(text: &str) -> Option<f64> {
    let (_, rest) = text.split_once("finished in ")?;
    rest.split('s').next()?.parse().ok()
}
