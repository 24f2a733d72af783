//! The parts of the bench: the contenders of each group.

use std::path::{Path, PathBuf};

use crate::backlog;
use crate::build;
use crate::compare::compare;
use crate::contender::{Contender, Place, contender, is_installed};
use crate::group::Log;
use crate::names::{
    MEMORY, NEXTEST, NEXTEST_ANNOTATED, OTHERS, OURS_LINKED, RE_EXEC, SCALE, UNSHARE, group_name,
};
use crate::nextest::Nextest;
use crate::options::Options;
use crate::outer::{Dependency, Outer, PLAIN_TESTS, Profile};
use crate::page_cache::{self, Pages};
use crate::{growth, host, network, report, service, suites};

/// One part: its name on the command line, and its function.
type Part = (
    &'static str,
    fn(&Place, &Options, &mut Log) -> Result<(), String>,
);

const PARTS: [Part; 14] = [
    ("build", built),
    ("suites", suites::run),
    ("sets", sets),
    ("optimizations", optimizations),
    ("words", words),
    ("scale", scale),
    ("memory", memory),
    ("mounts", mounts),
    ("files", files),
    ("others", others),
    ("service", service::run),
    ("network", network::run),
    ("backlog", |place, _, log| backlog::run(place, log)),
    (LONG, growth::run),
];

/// The part that runs only if it is named: its largest binary alone takes minutes to build.
const LONG: &str = "growth";

/// The set of namespaces in most parts.
const USUAL: &str = "user, net, mount, pid";

/// The names of the parts.
pub(crate) fn names() -> Vec<&'static str> {
    PARTS.iter().map(|(name, _)| *name).collect()
}

/// Runs the parts that the options name, or all.
pub(crate) fn run(place: &Place, options: &Options) -> Result<Log, String> {
    report::heading(place.user(), host::mounts());
    let mut log = Log::new(place.directory.clone());
    run_those(|name| is_asked_for(name, options), place, options, &mut log)?;
    Ok(log)
}

fn is_asked_for(part: &str, options: &Options) -> bool {
    options.ask_for(part) && !(part == LONG && options.is_whole())
}

/// Runs these groups of these parts once more.
pub(crate) fn run_again(
    missed: &[(&str, &str)],
    place: &Place,
    options: &Options,
) -> Result<Log, String> {
    report::again();
    let mut log = Log::new(place.directory.clone());
    log.only = Some(
        missed
            .iter()
            .map(|(_, group)| (*group).to_owned())
            .collect(),
    );
    let wanted = |name: &str| missed.iter().any(|(part, _)| *part == name);
    run_those(wanted, place, options, &mut log)?;
    Ok(log)
}

fn run_those(
    wanted: impl Fn(&str) -> bool,
    place: &Place,
    options: &Options,
    log: &mut Log,
) -> Result<(), String> {
    PARTS
        .iter()
        .filter(|(name, _)| wanted(name))
        .try_for_each(|(_, part)| part(place, options, log))
}

fn built(place: &Place, options: &Options, log: &mut Log) -> Result<(), String> {
    build::run(place, options, log)?;
    for (name, value) in &log.facts {
        if build::RATIOS.contains(name) {
            report::ratio(name, *value);
        } else {
            report::fact(name, *value);
        }
    }
    Ok(())
}

fn sets(place: &Place, options: &Options, log: &mut Log) -> Result<(), String> {
    const TESTS: u32 = 400;
    let outer = Outer::write(place, Dependency::Default, Profile::Default)?;
    let built = outer.build("fixture")?;
    let binary = copy(place, &built, "fixture", Pages::Folios)?;
    let linked = copy(place, &built, "fixture", Pages::Single)?;
    for set in [
        "user",
        "user, net",
        "user, net, mount",
        USUAL,
        "bare",
        "all",
    ] {
        for threads in [1, 2] {
            let mut contenders = vec![
                place.floor(set, threads, TESTS),
                place.ours(set, threads, TESTS),
            ];
            let gated = ["user, net, mount", USUAL, "bare"].contains(&set);
            if gated {
                contenders.push(place.unoptimized(&binary, set, threads, TESTS));
                contenders.push(Contender {
                    name: OURS_LINKED.to_owned(),
                    ..place.unoptimized(&linked, set, threads, TESTS)
                });
            }
            let name = group_name(set, threads);
            compare(
                log,
                &name,
                contenders,
                options.rounds(if gated { 13 } else { 3 }),
            );
        }
    }
    Ok(())
}

/// Switches off each optimization in turn, and compares it with all of them on.
fn optimizations(place: &Place, options: &Options, log: &mut Log) -> Result<(), String> {
    const NAMES: [&str; 3] = ["shared-init", "pinned-cpu", "kept-plan"];
    for (set, tests) in [("user, net, mount", 400), (USUAL, 400), (USUAL, 5_000)] {
        for threads in [1, 2] {
            let without = NAMES.map(|name| place.without(name, set, threads, tests));
            let contenders = [place.ours(set, threads, tests)].into_iter().chain(without);
            let name = format!("optimizations; {tests} tests; {}", group_name(set, threads));
            compare(
                log,
                &name,
                contenders,
                options.rounds(if tests > 1_000 { 3 } else { 7 }),
            );
        }
    }
    Ok(())
}

/// Compares each option with a test that is only forked.
fn words(place: &Place, options: &Options, log: &mut Log) -> Result<(), String> {
    const TESTS: u32 = 400;
    let words = [
        "nothing", "user", "mount", "pid", "net", "ipc", "uts", "cgroup", "time", "bare", "all",
    ];
    let contenders = words.map(|word| Contender {
        name: word.to_owned(),
        ..place.ours(word, 1, TESTS)
    });
    compare(
        log,
        "each word with what it brings; 1 thread",
        contenders,
        options.rounds(5),
    );
    Ok(())
}

fn scale(place: &Place, options: &Options, log: &mut Log) -> Result<(), String> {
    let contenders = [100, 1_000, 10_000].map(|tests| Contender {
        name: format!("{tests} tests"),
        ..place.ours(USUAL, 2, tests)
    });
    compare(log, SCALE, contenders, options.rounds(2));
    Ok(())
}

/// Compares harnesses with touched memory. Memory touched before the harness runs is also the
/// launcher's, and makes every fork slower. Memory touched later is only the harness's. The
/// contender that frees it again has done the same work.
fn memory(place: &Place, options: &Options, log: &mut Log) -> Result<(), String> {
    let contenders = [
        "10 MB before, given back",
        "10 MB before",
        "100 MB before, given back",
        "100 MB before",
        "100 MB while it runs, given back",
        "100 MB while it runs",
        "1024 MB while it runs, given back",
        "1024 MB while it runs",
    ]
    .map(|burden| {
        // The longer it takes to touch the memory, the more tests run. Otherwise their own cost
        // would not be visible.
        let tests = if burden.starts_with("1024") {
            1_000
        } else {
            300
        };
        place.burdened(burden, USUAL, 2, tests)
    });
    compare(log, MEMORY, contenders, options.rounds(3));
    Ok(())
}

fn mounts(place: &Place, options: &Options, log: &mut Log) -> Result<(), String> {
    let contenders =
        [10, 100, 1_000].map(|mounts| place.burdened(&format!("{mounts} mounts"), USUAL, 2, 200));
    compare(
        log,
        "mounts in the table, or as many as there are",
        contenders,
        options.rounds(3),
    );
    Ok(())
}

fn files(place: &Place, options: &Options, log: &mut Log) -> Result<(), String> {
    let contenders =
        [0, 1_000].map(|files| place.burdened(&format!("{files} open files"), USUAL, 2, 300));
    compare(
        log,
        "descriptors of the harness",
        contenders,
        options.rounds(3),
    );
    Ok(())
}

fn others(place: &Place, options: &Options, log: &mut Log) -> Result<(), String> {
    let outer = Outer::write(place, Dependency::Default, Profile::Default)?;
    let [fixture, plain] = ["fixture", "plain"].map(|target| {
        let built = outer.build(target)?;
        copy(place, &built, target, Pages::Folios)
    });
    let (fixture, plain) = (fixture?, plain?);
    let plain = plain.to_string_lossy();
    let tests = PLAIN_TESTS;
    let programs: [(&str, &[&str]); 3] = [
        (UNSHARE, &["unshare", "-Urnm", "true"]),
        (
            "bwrap --unshare-all true",
            &["bwrap", "--unshare-all", "--dev-bind", "/", "/", "true"],
        ),
        (RE_EXEC, &[&plain, "--exact", "test_00000"]),
    ];
    let set = "user, net, mount";
    let ours = place.unoptimized(&fixture, set, 2, tests);
    // Includes the floor: no program that creates and sets up these namespaces can be faster.
    let mut contenders = vec![ours, place.ours(set, 2, tests), place.floor(set, 2, tests)];
    for (name, words) in programs {
        if is_installed(words) {
            contenders.push(place.repeated(name, words, 2, tests));
        } else {
            report::skipped(name, "not installed, or it can't do this here");
        }
    }
    match Nextest::describe(&outer, place, &["plain", "annotated"])? {
        Some(nextest) => {
            for (name, target) in [(NEXTEST, "plain"), (NEXTEST_ANNOTATED, "annotated")] {
                contenders.push(contender(name, tests, nextest.run(place, target)));
            }
        }
        None => report::skipped(NEXTEST, "not installed"),
    }
    compare(log, OTHERS, contenders, options.rounds(3));
    Ok(())
}

fn copy(place: &Place, built: &Path, name: &str, pages: Pages) -> Result<PathBuf, String> {
    page_cache::copy(built, &place.directory, name, pages).map_err(|error| error.to_string())
}
