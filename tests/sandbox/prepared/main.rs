//! Prepared directories: created once, shared copy on write, cleaned up, and their failures.

mod clones;
mod fixtures;
mod foreign_ids;
mod mistakes;
mod owners;
mod stage;
mod store;

use std::process::ExitCode;

use libtest_mimic::{Completion, Trial};
use ns_test_suite::fixture::{self, Check, Transcript};
use ns_test_suite::host;

use stage::Stage;

fn main() -> ExitCode {
    fixture::main(fixtures::main, checks)
}

type CheckFunction = fn(&Stage) -> Check;

const CHECKS: &[(&str, CheckFunction)] = &[
    ("once_for_all_tests", once_for_all_tests),
    ("once_for_all_processes", once_for_all_processes),
    ("layers_on_top_of_each_other", layers_on_top_of_each_other),
    ("trials_have_them_too", trials_have_them_too),
    (
        "in_a_sandbox_of_the_tests_kind",
        in_a_sandbox_of_the_tests_kind,
    ),
    ("before_the_tests_time_begins", before_the_tests_time_begins),
    ("inputs_decide", inputs_decide),
    ("a_command_has_none", a_command_has_none),
    (
        "a_command_sees_what_its_test_binds",
        a_command_sees_what_its_test_binds,
    ),
];

/// Checks of changes that an overlay keeps apart. Without overlays, each test gets a copy.
const OVERLAYS: [&str; 3] = [
    "the_doctor_tries_the_store",
    "copied_where_overlays_are_refused",
    "a_full_scratch_is_named",
];

fn checks() -> Vec<Trial> {
    let all = CHECKS
        .iter()
        .chain(store::CHECKS)
        .chain(owners::CHECKS)
        .chain(mistakes::CHECKS);
    let all = all.map(|(name, check)| {
        let check = move || {
            let stage = Stage::new(name);
            check(&stage)?;
            stage.remove()
        };
        if OVERLAYS.contains(name) {
            fixture::with_overlays(*name, check)
        } else {
            Trial::test(*name, check)
        }
    });
    let foreign = foreign_ids::CHECKS.iter().map(|(name, check)| {
        Trial::ignorable_test(*name, move || {
            if let Some(reason) = host::lacks_ids() {
                return Ok(Completion::ignored_with(reason));
            }
            let stage = Stage::in_cache(name);
            check(&stage)?;
            stage.remove()?;
            Ok(Completion::Completed)
        })
    });
    let owners = Trial::ignorable_test(
        "a_store_of_another_user_is_refused",
        owners::a_store_of_another_user_is_refused,
    );
    all.chain(foreign)
        .chain(clones::trials())
        .chain([owners])
        .collect()
}

fn once_for_all_tests(stage: &Stage) -> Check {
    for _ in 0..2 {
        stage.run(&["shared::"]).passed(5)?;
        stage.was_called("fill", 1)?;
        stage.is_tidy()?;
    }
    Ok(())
}

/// Checks that tests in separate processes, as nextest runs them, prepare once.
fn once_for_all_processes(stage: &Stage) -> Check {
    let tests = [
        "shared::one",
        "shared::two",
        "shared::on_disk",
        "shared::copied",
    ];
    let piped = |test| {
        let mut command = stage.command(&[test]);
        command
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        command.spawn()
    };
    let running: Result<Vec<_>, _> = tests.into_iter().map(piped).collect();
    for child in running? {
        Transcript::from(child.wait_with_output()?).passed(1)?;
    }
    stage.was_called("fill", 1)?;
    stage.is_tidy()
}

fn layers_on_top_of_each_other(stage: &Stage) -> Check {
    stage.run(&["layers::"]).passed(3)?;
    stage.was_called("base", 1)?;
    stage.was_called("on_top", 1)?;
    stage.is_tidy()
}

fn trials_have_them_too(stage: &Stage) -> Check {
    stage.run(&["trials::"]).passed(3)?;
    stage.was_called("by_trial", 1)?;
    stage.is_tidy()
}

fn in_a_sandbox_of_the_tests_kind(stage: &Stage) -> Check {
    stage.run(&["sandbox::"]).passed(1)
}

fn before_the_tests_time_begins(stage: &Stage) -> Check {
    stage.run(&["time::"]).passed(1)
}

/// Checks that the function runs again after an edit of an input, but not after an edit of the test
/// or of another file.
fn inputs_decide(stage: &Stage) -> Check {
    let input = stage.directory.join("sandbox/prepared/input");
    std::fs::create_dir_all(input.parent().ok_or("it has one")?)?;
    for (content, calls) in [("one", 1), ("one", 1), ("two", 2), ("one", 2)] {
        std::fs::write(&input, content)?;
        let mut command = stage.command(&["inputs::named"]);
        command.env("CARGO_MANIFEST_DIR", &stage.directory);
        Transcript::of(&mut command).passed(1)?;
        stage.was_called("inputs", calls)?;
    }
    Ok(())
}

fn a_command_sees_what_its_test_binds(stage: &Stage) -> Check {
    stage.run(&["command::"]).passed(1)
}

fn a_command_has_none(_: &Stage) -> Check {
    let sandbox = ns_test::Sandbox::new()
        .tmpfs("/srv")
        .prepared("/srv/data", |_| ());
    match sandbox.command("true").status() {
        Err(error)
            if error
                .to_string()
                .contains("show it to the command with `Sandbox::bind`") =>
        {
            Ok(())
        }
        other => Err(format!("{other:?}").into()),
    }
}
