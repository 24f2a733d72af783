//! Measures what annotated tests cost apart from running them, compared with plain tests of
//! libtest: the build of 2,000 tests; the list, one test and the memory of a binary with 10,000.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::compare::compare;
use crate::contender::{Contender, Place, contender};
use crate::group::{Log, Measure};
use crate::names::{BARE, BYTES, CHANGED, COMPILED, EXACT, GROWTH, KEYS, LIST, PLAIN, SIZE};
use crate::options::Options;
use crate::outer::{Dependency, Outer};
use crate::report;

/// A test target: its file, what is above each function, and the number of functions.
#[derive(Clone, Copy)]
struct Target(&'static str, &'static str, u32);

const COMPILED_TESTS: u32 = 2_000;
const LISTED_TESTS: u32 = 10_000;

const TARGETS: [Target; 8] = [
    Target("suite_plain", "#[test]", COMPILED_TESTS),
    Target("suite_bare", "#[ns_test::ns_test]", COMPILED_TESTS),
    Target(
        "suite_keys",
        "#[ns_test::ns_test(net(lo = false), mount(tmpfs = \"/a\", tmp = \"host\"), uts(hostname = \"h\"), timeout = \"5s\")]",
        COMPILED_TESTS,
    ),
    Target("suite_no_plain", "#[test]", 0),
    Target("suite_no_bare", "#[ns_test::ns_test]", 0),
    Target("suite_long_plain", "#[test]", LISTED_TESTS),
    // The cheapest namespace: the measurement is about the other 9,999 tests.
    Target("suite_long", "#[ns_test::ns_test(user)]", LISTED_TESTS),
    Target("suite_short", "#[ns_test::ns_test(user)]", SHORT_TESTS),
];

const SHORT_TESTS: u32 = 1_000;

/// Returns the tables of Cargo.toml for the targets of [`write`].
pub(crate) fn tables() -> String {
    let of_ours = TARGETS.iter().filter(|target| !target.is_plain());
    of_ours
        .map(|Target(name, ..)| format!("[[test]]\nname = {name:?}\nharness = false\n"))
        .collect()
}

/// Writes the sources of the targets into this directory.
pub(crate) fn write(tests: &Path) -> std::io::Result<()> {
    TARGETS
        .iter()
        .try_for_each(|target| fs::write(tests.join(format!("{}.rs", target.0)), target.source()))
}

impl Target {
    fn is_plain(self) -> bool {
        self.1 == "#[test]"
    }

    /// Returns the source. The names are in no order, as in a real file.
    fn source(self) -> String {
        const STEP: u32 = 7_919;
        let Self(_, above, count) = self;
        let functions = (0..count).map(|number| {
            let number = number * STEP % count;
            format!("{above}\nfn test_{number:05}() {{}}\n")
        });
        let main = if self.is_plain() {
            ""
        } else {
            "ns_test::main!();\n"
        };
        // A rebuild of a target changes this one.
        let changed = format!("{above}\nfn changed() {{ let _changed = 0; }}\n");
        functions.chain([changed, main.to_owned()]).collect()
    }
}

/// Measures builds, sizes, lists and memory.
pub(crate) fn run(place: &Place, options: &Options, log: &mut Log) -> Result<(), String> {
    let outer = Outer::write(place, Dependency::Default)?;
    builds(&outer, options, log)?;
    sizes(&outer, log)?;
    let [long, plain, short] =
        ["suite_long", "suite_long_plain", "suite_short"].map(|name| outer.build(name));
    let (long, plain, short) = (long?, plain?, short?);
    for (group, words) in [
        (LIST, &["--list", "--format", "terse"][..]),
        (EXACT, &["--exact", "test_04711"]),
    ] {
        let of = |name, binary: &PathBuf| {
            let mut command = Command::new(binary);
            command.args(words);
            contender(name, LISTED_TESTS, command)
        };
        let contenders = [of(PLAIN, &plain), of(BARE, &long)];
        compare(log, group, contenders, options.rounds(20));
    }
    memory(&short, &long, options, log)
}

/// Compiles whole targets, and rebuilds them after a change of one test.
fn builds(outer: &Outer, options: &Options, log: &mut Log) -> Result<(), String> {
    let names = [
        (PLAIN, "suite_plain"),
        (BARE, "suite_bare"),
        (KEYS, "suite_keys"),
    ];
    for (_, target) in names {
        outer.build(target)?;
    }
    let changes = |incremental, script: &'static str| {
        names.map(|(name, target)| {
            contender(
                name,
                COMPILED_TESTS,
                after(outer, script, incremental, target),
            )
        })
    };
    compare(
        log,
        COMPILED,
        changes("0", "touch \"$0\""),
        options.rounds(3),
    );
    // The first build of each target fills the directory of the incremental compilation.
    for mut contender in changes("1", "touch \"$0\"") {
        crate::measure::run(&mut contender.command)?;
    }
    let change = "sed -i \"s/_changed = [0-9]*/_changed = $$/\" \"$0\"";
    let [plain, bare, _keys] = changes("1", change);
    compare(log, CHANGED, [plain, bare], options.rounds(5));
    Ok(())
}

/// Returns a command that changes the source of a target and builds it.
fn after(outer: &Outer, script: &str, incremental: &str, target: &str) -> Command {
    let cargo = outer.cargo(&["test", "--no-run", "--test", target]);
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(format!("{script} && exec \"$@\""))
        .arg(outer.source(target))
        .arg(cargo.get_program())
        .args(cargo.get_args());
    for (name, value) in cargo.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.env("CARGO_INCREMENTAL", incremental);
    command
}

/// Compares the sizes of the binaries: whole, and what 2,000 tests add to a binary without tests.
fn sizes(outer: &Outer, log: &mut Log) -> Result<(), String> {
    let size = |target| {
        let binary = outer.build(target)?;
        let file = fs::metadata(&binary).map_err(|error| error.to_string())?;
        u32::try_from(file.len())
            .map(f64::from)
            .map_err(|error| error.to_string())
    };
    let (plain, bare) = (size("suite_plain")?, size("suite_bare")?);
    let (no_plain, no_bare) = (size("suite_no_plain")?, size("suite_no_bare")?);
    let ratios = [
        (SIZE, bare / plain),
        (GROWTH, (bare - no_bare) / (plain - no_plain)),
    ];
    for (name, ratio) in ratios {
        report::ratio(name, ratio);
        log.facts.push((name, ratio));
    }
    Ok(())
}

/// Measures the memory per test, as the difference of two runs.
fn memory(short: &Path, long: &Path, options: &Options, log: &mut Log) -> Result<(), String> {
    let of = |tests: u32, binary: &Path| Contender {
        name: format!("{tests} tests"),
        tests,
        command: Command::new(binary),
    };
    let contenders = [of(SHORT_TESTS, short), of(LISTED_TESTS, long)];
    compare(log, BYTES, contenders, options.rounds(2));
    let peak = |tests: u32| {
        let row = log.row(BYTES, &format!("{tests} tests"))?;
        Some(row.figure(Measure::Peak)?.median * 1024.0)
    };
    if let (Some(short), Some(long)) = (peak(SHORT_TESTS), peak(LISTED_TESTS)) {
        let bytes = (long - short) / f64::from(LISTED_TESTS - SHORT_TESTS);
        report::fact(BYTES, bytes);
        log.facts.push((BYTES, bytes));
    }
    Ok(())
}
