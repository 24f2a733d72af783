//! Trees with files of several ids (`user(ids = "auto")`), which an ordinary caller cannot remove
//! without a user namespace.

use std::fs;
use std::process::Stdio;

use ns_test_suite::fixture::{Check, Kept, Transcript, eventually};

use super::CheckFunction;
use super::stage::Stage;

pub(crate) const CHECKS: &[(&str, CheckFunction)] = &[
    ("ids_once_for_all_tests", once_for_all_tests),
    ("ids_again_removes_the_older_tree", again),
    ("ids_old_states_are_removed", old_states_are_removed),
    ("ids_a_killed_preparation_is_removed", killed_preparation),
    ("ids_changes_of_killed_tests_are_removed", killed_test),
    ("ids_clean_removes_what_the_dead_left", clean_after_a_kill),
];

/// Checks that the trees are in the cache directory, and that `clean` removes them.
fn once_for_all_tests(stage: &Stage) -> Check {
    for _ in 0..2 {
        stage.run(&["ids::"]).passed(4)?;
        stage.was_called("ids", 2)?; // with and without an input
        stage.is_tidy()?;
    }
    let trees = stage.trees().len();
    if trees != 2 {
        return Err(format!("{trees} trees in {}", stage.store().display()).into());
    }
    clean(stage, 2)
}

fn again(stage: &Stage) -> Check {
    for calls in 1..4 {
        let mut command = stage.command(&["ids::one"]);
        Transcript::of(command.env("NS_TEST_PREPARE", "again")).passed(1)?;
        stage.was_called("ids", calls)?;
        let keys = stage.names("trees");
        let entries = keys
            .iter()
            .flat_map(|key| stage.names(&format!("trees/{key}")));
        let sealed: Vec<String> = entries.filter(|name| name.starts_with("sealed-")).collect();
        if sealed.len() != 1 {
            return Err(format!("more than one tree: {sealed:?}").into());
        }
    }
    clean(stage, 1)
}

fn old_states_are_removed(stage: &Stage) -> Check {
    let input = stage.directory.join("sandbox/prepared/input");
    fs::create_dir_all(input.parent().ok_or("it has one")?)?;
    for content in ["one", "two", "three", "four", "five"] {
        fs::write(&input, content)?;
        let mut command = stage.command(&["ids::with_an_input"]);
        Transcript::of(command.env("CARGO_MANIFEST_DIR", &stage.directory)).passed(1)?;
    }
    stage.was_called("ids", 5)?;
    stage.is_tidy()?;
    clean(stage, 3)
}

fn killed_preparation(stage: &Stage) -> Check {
    kill(stage, "ids::harness_is_killed", "slow")?;
    fs::write(stage.log().with_extension("go-on"), "")?;
    stage
        .run(&["ids::harness_is_killed", "--ignored"])
        .passed(1)?;
    stage.was_called("slow", 2)?;
    stage.is_tidy()?;
    clean(stage, 1)
}

fn killed_test(stage: &Stage) -> Check {
    kill(stage, "ids::waits_on_disk", "waiting")?;
    stage.run(&["ids::on_disk"]).passed(1)?;
    stage.is_tidy()?;
    clean(stage, 1)
}

fn clean_after_a_kill(stage: &Stage) -> Check {
    kill(stage, "ids::waits_on_disk", "waiting")?;
    kill(stage, "ids::harness_is_killed", "slow")?;
    clean(stage, 2)
}

/// Kills the harness of a test that has reached this point.
fn kill(stage: &Stage, test: &str, point: &str) -> Check {
    let mut command = stage.command(&[test, "--ignored"]);
    let mut harness = Kept::start(command.stdout(Stdio::null()).stderr(Stdio::null()))?;
    if !eventually(|| stage.calls(point) == 1) {
        return Err(format!("{test} was not begun").into());
    }
    harness.0.kill()?;
    harness.0.wait()?;
    Ok(())
}

/// Checks that `clean` removes this many places, and that the store then holds none.
fn clean(stage: &Stage, places: usize) -> Check {
    let mut command = stage.command(&[]);
    // Only this store, and not the one next to the suite's binary.
    command.env("NS_TEST_PREPARE_DIR", stage.store());
    let cleaned = Transcript::of(command.env("NS_TEST_PREPARE", "clean"));
    let says = cleaned.text.trim() == format!("prepared directories removed: {places}");
    cleaned.verify(says && cleaned.code == Some(0), "nothing else")?;
    match (&*stage.names("trees"), &*stage.names("live")) {
        ([], []) => Ok(()),
        left => Err(format!("left: {left:?}").into()),
    }
}
