//! The life of the store: cleaning, tampering, killed processes, refused overlays.

use std::fs;
use std::process::{Command, Stdio};

use ns_test_suite::fixture::{Check, Kept, Transcript, eventually};

use super::CheckFunction;
use super::stage::Stage;

pub(crate) const CHECKS: &[(&str, CheckFunction)] = &[
    ("again_once_a_run", again_once_a_run),
    ("clean_removes_all", clean_removes_all),
    ("unknown_mode_is_an_error", unknown_mode_is_an_error),
    ("old_states_are_removed", old_states_are_removed),
    (
        "a_tree_that_was_changed_is_made_again",
        a_tree_that_was_changed_is_made_again,
    ),
    (
        "a_damaged_seal_does_not_count",
        a_damaged_seal_does_not_count,
    ),
    (
        "a_killed_harness_leaves_no_half_tree",
        a_killed_harness_leaves_no_half_tree,
    ),
    (
        "changes_of_killed_tests_are_removed",
        changes_of_killed_tests_are_removed,
    ),
    ("the_doctor_tries_the_store", the_doctor_tries_the_store),
    (
        "copied_where_overlays_are_refused",
        copied_where_overlays_are_refused,
    ),
];

fn again_once_a_run(stage: &Stage) -> Check {
    let again = || {
        let mut command = stage.command(&["shared::"]);
        Transcript::of(command.env("NS_TEST_PREPARE", "again")).passed(5)
    };
    stage.run(&["shared::"]).passed(5)?;
    again()?;
    stage.was_called("fill", 2)?;
    again()?;
    stage.was_called("fill", 3)?;
    stage.run(&["shared::"]).passed(5)?;
    stage.was_called("fill", 3)?;
    // One run of nextest is many processes.
    for test in ["shared::one", "shared::two"] {
        let mut command = stage.command(&[test]);
        command
            .env("NS_TEST_PREPARE", "again")
            .env("NEXTEST_RUN_ID", "a run");
        Transcript::of(&mut command).passed(1)?;
    }
    stage.was_called("fill", 4)?;
    stage.is_tidy()
}

fn clean_removes_all(stage: &Stage) -> Check {
    stage.run(&["shared::", "layers::"]).passed(8)?;
    let mut command = stage.command(&["shared::"]);
    let cleaned = Transcript::of(command.env("NS_TEST_PREPARE", "clean"));
    let says = cleaned.text.contains("prepared directories removed: 3");
    cleaned.verify(says && cleaned.code == Some(0), "three removed trees")?;
    match &*stage.names("trees") {
        [] => stage.was_called("fill", 1),
        left => Err(format!("left: {left:?}").into()),
    }
}

fn unknown_mode_is_an_error(stage: &Stage) -> Check {
    let mut command = stage.command(&["shared::"]);
    let refused = Transcript::of(command.env("NS_TEST_PREPARE", "never"));
    let says = refused
        .text
        .contains("NS_TEST_PREPARE is `never`, should be `again` or `clean`");
    refused.verify(says && refused.code == Some(101), "the two modes")
}

/// Checks that three states of one function are kept, for users who switch between branches.
fn old_states_are_removed(stage: &Stage) -> Check {
    let input = stage.directory.join("sandbox/prepared/input");
    fs::create_dir_all(input.parent().ok_or("it has one")?)?;
    for content in ["one", "two", "three", "four", "five"] {
        fs::write(&input, content)?;
        let mut command = stage.command(&["inputs::named"]);
        Transcript::of(command.env("CARGO_MANIFEST_DIR", &stage.directory)).passed(1)?;
    }
    match stage.names("trees").len() {
        3 => stage.is_tidy(),
        count => Err(format!("{count} states are left").into()),
    }
}

fn a_tree_that_was_changed_is_made_again(stage: &Stage) -> Check {
    stage.run(&["shared::one"]).passed(1)?;
    let tree = stage.trees().pop().ok_or("there is one")?;
    fs::write(tree.join("file"), "fill")?;
    stage.run(&["shared::one"]).passed(1)?;
    stage.was_called("fill", 2)?;
    let tree = stage.trees().pop().ok_or("there is one")?;
    fs::remove_dir_all(tree.join("inner"))?;
    stage.run(&["shared::one"]).passed(1)?;
    stage.was_called("fill", 3)?;
    stage.is_tidy()
}

fn a_damaged_seal_does_not_count(stage: &Stage) -> Check {
    for (calls, seal) in [(2, ""), (3, "ns-test prepared 1\nnothing more")] {
        stage.run(&["shared::one"]).passed(1)?;
        let tree = stage.trees().pop().ok_or("there is one")?;
        fs::write(tree.with_file_name("seal"), seal)?;
        stage.run(&["shared::one"]).passed(1)?;
        stage.was_called("fill", calls)?;
    }
    Ok(())
}

fn a_killed_harness_leaves_no_half_tree(stage: &Stage) -> Check {
    let mut command = stage.command(&["bad::harness_is_killed"]);
    let mut harness = Kept::start(command.stdout(Stdio::null()).stderr(Stdio::null()))?;
    if !eventually(|| stage.calls("signals") == 1) {
        return Err("the preparation was not begun".into());
    }
    harness.0.kill()?;
    harness.0.wait()?;
    fs::write(stage.log().with_extension("go-on"), "")?;
    stage.run(&["bad::harness_is_killed"]).passed(1)?;
    stage.was_called("signals", 2)?;
    stage.is_tidy()
}

fn changes_of_killed_tests_are_removed(stage: &Stage) -> Check {
    let mut command = stage.command(&["shared::waits_on_disk", "--ignored"]);
    let mut harness = Kept::start(command.stdout(Stdio::null()).stderr(Stdio::null()))?;
    if !eventually(|| stage.calls("waiting") == 1) {
        return Err("the test was not begun".into());
    }
    harness.0.kill()?;
    harness.0.wait()?;
    if stage.names("live").len() != 1 {
        return Err(format!("changes on disk: {:?}", stage.names("live")).into());
    }
    // Its processes have ended by then, and so has its mount.
    stage.run(&["shared::on_disk"]).passed(1)?;
    stage.is_tidy()
}

fn the_doctor_tries_the_store(stage: &Stage) -> Check {
    let mut command = stage.command(&[]);
    let doctor = Transcript::of(command.env("NS_TEST_DOCTOR", "1"));
    let store = format!("yes, in {}", stage.store().display());
    for (row, answer) in [
        ("mount(prepared(..))", &*store),
        ("  removes directories", "yes"),
        ("  changes on disk", "yes"),
        ("  volatile", "yes"),
    ] {
        let line = format!("{row:<33}  {answer}\n");
        doctor.verify(doctor.text.contains(&line), &line)?;
    }
    let clones = doctor.text.contains("  clones files  ");
    doctor.verify(clones && doctor.code == Some(0), "whether files are cloned")
}

/// Checks the copy on top of two stacked overlays, where the kernel mounts no third and accepts no
/// upper layer.
fn copied_where_overlays_are_refused(stage: &Stage) -> Check {
    const SCRIPT: &str = "
        mount -t tmpfs none /mnt && cd /mnt && mkdir l u w m u2 w2 m2 &&
        mount -t overlay none -o userxattr,lowerdir=l,upperdir=u,workdir=w m &&
        mount -t overlay none -o userxattr,lowerdir=m,upperdir=u2,workdir=w2 m2 &&
        NS_TEST_PREPARE_DIR=/mnt/m2/store exec \"$0\" \"$@\"";
    let fixture = stage.command(&["shared::", "layers::", "--skip=on_disk", "--skip=copied"]);
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", SCRIPT]);
    command
        .arg(std::env::current_exe()?)
        .args(fixture.get_args());
    for (key, value) in fixture.get_envs() {
        match value {
            Some(value) => command.env(key, value),
            None => command.env_remove(key),
        };
    }
    Transcript::of(&mut command).passed(5)?;
    stage.was_called("fill", 1)
}
