//! A run on Linux, where each test has its own processes.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;

use crate::diagnose;
use crate::launcher::constructors;
use crate::report;
use crate::request::annotated;
use crate::request::collect;
use crate::request::test::Test;
use crate::sys::directory;
use crate::sys::lock::lock;
use crate::sys::procfs;
use crate::sys::sort::sort_by_name;
use crate::sys::thread::SingleThreaded;

use super::preparations::{self, Preparations};
use super::run::TestRun;
use crate::harness::args::{Invocation, PrepareMode};
use crate::harness::exit::{fail, show};
use crate::harness::filter;
use crate::harness::shuffle::shuffle;

/// Runs the annotated tests and the given ones.
pub(in crate::harness) fn run(trials: Vec<Test>, invocation: Invocation) -> ExitCode {
    if invocation.prepare == PrepareMode::Clean && !invocation.arguments.list {
        return remove_prepared_directories();
    }
    let Some(single_threaded) = SingleThreaded::check() else {
        return fail(&report::not_single_threaded(
            &other_threads(),
            constructors::were_asked(),
        ));
    };
    constructors::forget(&single_threaded);
    let (mut tests, filtered_out) = match selected(trials, &invocation) {
        Ok(selected) => selected,
        Err(mistake) => return fail(&mistake),
    };
    if tests.is_empty() && filtered_out == 0 && !invocation.arguments.list {
        report::print_error(report::NO_TESTS);
    }
    if let Some(seed) = invocation.shuffle {
        shuffle(&mut tests, seed);
    }
    if !invocation.arguments.list {
        warn_of_profiles();
    }
    match TestRun::open(&single_threaded, keep(tests), filtered_out, invocation) {
        Ok(run) => run.run(),
        Err(error) => fail(&report::no_launcher(&error)),
    }
}

/// Returns the annotated tests and the given ones whose names are selected, and the number of the
/// others. `Err`: what is wrong with one of them.
///
/// nextest starts a process for each test. So only what is selected is sorted and set up.
fn selected(mut trials: Vec<Test>, invocation: &Invocation) -> Result<(Vec<Test>, usize), String> {
    let cases = collect::cases();
    if cases.of_other_versions > 0 {
        return Err(report::other_version(cases.of_other_versions));
    }
    check_trials(&trials)?;
    let own = cases.own;
    let total = own.len() + trials.len();
    let mut tests = Vec::new();
    for &case in &own {
        if filter::may_select(invocation, case.path) {
            let test = Test::from(case);
            if filter::selects(invocation, &test.name) {
                tests.push(test);
            }
        }
    }
    trials.retain(|trial| filter::selects(invocation, &trial.name));
    tests.reserve_exact(trials.len());
    tests.append(&mut trials);
    if !filter::finds_all(invocation, &tests) {
        let dropped = annotated::dropped(&own);
        if !dropped.is_empty() {
            return Err(report::dropped(&dropped));
        }
    }
    sort_by_name(&mut tests);
    if let Some(name) = twice(&tests) {
        return Err(report::same_name(name));
    }
    let filtered_out = total - tests.len();
    Ok((tests, filtered_out))
}

/// Checks what the attribute checks at compile time.
fn check_trials(trials: &[Test]) -> Result<(), String> {
    if let Some(test) = trials.iter().find(|test| !has_good_key(test)) {
        return Err(report::serial_key(&test.name));
    }
    match trials.iter().find(|test| !is_name(&test.name)) {
        Some(test) => Err(report::no_name(&test.name)),
        None => Ok(()),
    }
}

/// Removes the prepared directories, and runs no test.
fn remove_prepared_directories() -> ExitCode {
    let cleaned = preparations::clean();
    // nextest would count it as a passed test.
    if Preparations::has_other_processes() {
        fail(&format!("{}\n{cleaned}", report::CLEANED_ONLY))
    } else {
        show(&cleaned)
    }
}

/// Returns the names of the process's threads, except the main thread.
fn other_threads() -> Vec<String> {
    let main = std::process::id().to_string();
    let mut names = Vec::new();
    for thread in directory::entries(Path::new("/proc/self/task")) {
        if *thread.file_name() != *main {
            let name = procfs::read(thread.path().join("comm"));
            names.extend(name.map(|name| name.trim().to_owned()));
        }
    }
    names
}

pub(in crate::harness) fn doctor() -> ExitCode {
    show(&report::doctor(&diagnose::examine()))
}

/// Returns the annotated tests, sorted by name.
pub(super) fn annotated_tests() -> Vec<Test> {
    let mut tests: Vec<Test> = collect::cases().own.into_iter().map(Test::from).collect();
    sort_by_name(&mut tests);
    tests
}

/// Returns whether the test has no serial key, or one within the attribute's length limit.
fn has_good_key(test: &Test) -> bool {
    const MOST: usize = 64;
    test.serial()
        .is_none_or(|key| (1..=MOST).contains(&key.len()))
}

/// Returns whether a test can be listed and selected by this name.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(char::is_control)
}

/// Returns a name that two tests share, if there is one.
pub(super) fn twice(tests: &[Test]) -> Option<&str> {
    let pair = tests.windows(2).find(|pair| pair[0].name == pair[1].name)?;
    Some(&pair[0].name)
}

/// Warns about coverage profiles. The pattern of the profile's name is read when a program starts,
/// so the processes of tests write to files with the harness's name. LLVM's runtime locks only the
/// merge pool of `%m`.
pub(super) fn warn_of_profiles() {
    let merges = |pattern: &str| {
        let mut rests = pattern.split('%').skip(1);
        rests.any(|rest| {
            rest.trim_start_matches(|letter: char| letter.is_ascii_digit())
                .starts_with('m')
        })
    };
    if std::env::var("LLVM_PROFILE_FILE").is_ok_and(|pattern| !merges(&pattern)) {
        report::print_error(report::PROFILES_COLLIDE);
    }
}

/// Keeps the tests until the process exits. A static refers to them, because LeakSanitizer reports
/// other memory as a leak.
pub(super) fn keep(tests: Vec<Test>) -> &'static [Test] {
    static KEPT: Mutex<Vec<&[Test]>> = Mutex::new(Vec::new());
    let tests = tests.leak();
    lock(&KEPT).push(tests);
    tests
}
