//! Measures what annotated tests cost apart from running them, compared with plain tests of
//! libtest: the build of 2,000 tests, and of 500 tests of twelve lines; the list, one test and the
//! memory of a binary with 10,000.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::compare::compare;
use crate::contender::{Contender, Place, contender};
use crate::group::{Log, Measure};
use crate::names::{
    BARE, BYTES, BYTES_PLAIN, BYTES_RATIO, CHANGED, CHANGED_LINES, CHANGED_README, COMPILED, EXACT,
    GROWTH, KEYS, LIST, PLAIN, SIZE, SIZE_README,
};
use crate::options::Options;
use crate::outer::{Dependency, Outer, Profile};
use crate::report;

/// A test target.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    /// The name of its file.
    pub(crate) name: &'a str,
    /// The attribute of each test.
    pub(crate) above: &'a str,
    pub(crate) tests: u32,
    /// What follows the name of each test: arguments, result and body.
    pub(crate) rest: &'a str,
}

pub(crate) const EMPTY: &str = "() {}\n";

/// A test of an ordinary length. The attribute should take as long for it as for an empty one.
const LINES: &str = r#"() -> std::io::Result<()> {
    // The server answers one request, and the client reads the whole answer.
    let listener = std::net::TcpListener::bind("127.0.0.1:80")?;
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept()?;
        std::io::Write::write_all(&mut stream, b"HTTP/1.1 200 OK\r\n\r\nhello")
    });
    let mut stream = std::net::TcpStream::connect("127.0.0.1:80")?;
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut stream, &mut answer)?;
    server.join().expect("the server ends")?;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "the answer is {answer}");
    Ok(())
}
"#;

const COMPILED_TESTS: u32 = 2_000;
const LINES_TESTS: u32 = 500;
const LISTED_TESTS: u32 = 10_000;

const fn target(name: &'static str, above: &'static str, tests: u32) -> Target<'static> {
    Target {
        name,
        above,
        tests,
        rest: EMPTY,
    }
}

const TARGETS: [Target<'static>; 11] = [
    target("suite_plain", LIBTEST, COMPILED_TESTS),
    target("suite_bare", ANNOTATED, COMPILED_TESTS),
    target(
        "suite_keys",
        "#[ns_test::ns_test(net(lo = false), mount(tmpfs = \"/a\", tmp = \"host\"), uts(hostname = \"h\"), timeout = \"5s\")]",
        COMPILED_TESTS,
    ),
    Target {
        rest: LINES,
        ..target("suite_lines_plain", LIBTEST, LINES_TESTS)
    },
    Target {
        rest: LINES,
        ..target("suite_lines", ANNOTATED, LINES_TESTS)
    },
    target("suite_no_plain", LIBTEST, 0),
    target("suite_no_bare", ANNOTATED, 0),
    target("suite_long_plain", LIBTEST, LISTED_TESTS),
    target("suite_long", CHEAPEST, LISTED_TESTS),
    target("suite_short", CHEAPEST, SHORT_TESTS),
    target("suite_short_plain", LIBTEST, SHORT_TESTS),
];

pub(crate) const LIBTEST: &str = "#[test]";
const ANNOTATED: &str = "#[ns_test::ns_test]";

/// The cheapest namespace, for measurements of the tests that do not run.
pub(crate) const CHEAPEST: &str = "#[ns_test::ns_test(user)]";

const SHORT_TESTS: u32 = 1_000;

/// Returns the tables of Cargo.toml for the targets of [`write`].
pub(crate) fn tables() -> String {
    let of_ours = TARGETS.iter().filter(|target| !target.is_plain());
    of_ours.map(|target| target.table()).collect()
}

/// Writes the sources of the targets into this directory.
pub(crate) fn write(tests: &Path) -> std::io::Result<()> {
    TARGETS.iter().try_for_each(|target| {
        fs::write(tests.join(format!("{}.rs", target.name)), target.source())
    })
}

impl Target<'_> {
    fn is_plain(self) -> bool {
        self.above == LIBTEST
    }

    /// Returns the table of Cargo.toml.
    pub(crate) fn table(self) -> String {
        let harness = self.is_plain();
        format!("[[test]]\nname = {:?}\nharness = {harness}\n", self.name)
    }

    /// Returns the source. The names are in no order, as in a real file.
    pub(crate) fn source(self) -> String {
        const STEP: u32 = 7_919;
        let Self {
            above, tests, rest, ..
        } = self;
        let functions = (0..tests).map(|number| {
            let number = number * STEP % tests;
            format!("{above}\nfn test_{number:05}{rest}")
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
    let outer = Outer::write(place, Dependency::Default, Profile::Default)?;
    compiled(&outer, options, log)?;
    changed(CHANGED, EMPTIES, &outer, options, log)?;
    sizes(SIZE, &outer, log)?;
    growth(&outer, log)?;
    let readme = Outer::write(place, Dependency::Default, Profile::Readme)?;
    changed(CHANGED_README, EMPTIES, &readme, options, log)?;
    changed(CHANGED_LINES, LINES_SUITES, &readme, options, log)?;
    sizes(SIZE_README, &readme, log)?;
    let names = ["suite_long", "suite_long_plain"];
    let [long, plain] = names.map(|name| outer.build(name));
    let (long, plain) = (long?, plain?);
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
    let ours = memory(BYTES, [&outer.build("suite_short")?, &long], options, log);
    let plain_short = outer.build("suite_short_plain")?;
    let plain = memory(BYTES_PLAIN, [&plain_short, &plain], options, log);
    if let (Some(ours), Some(plain)) = (ours, plain) {
        ratio(BYTES_RATIO, ours / plain, log);
    }
    Ok(())
}

/// Compiles whole targets, whose dependencies are built.
fn compiled(outer: &Outer, options: &Options, log: &mut Log) -> Result<(), String> {
    let names = [
        (PLAIN, "suite_plain"),
        (BARE, "suite_bare"),
        (KEYS, "suite_keys"),
    ];
    for (_, target) in names {
        outer.build(target)?;
    }
    let contenders = names.map(|(name, target)| {
        let command = after(outer, "touch \"$0\"", "0", target);
        contender(name, COMPILED_TESTS, command)
    });
    compare(log, COMPILED, contenders, options.rounds(3));
    Ok(())
}

/// A plain and an annotated target, and the number of tests in each.
type Pair = ([&'static str; 2], u32);

const EMPTIES: Pair = (["suite_plain", "suite_bare"], COMPILED_TESTS);
const LINES_SUITES: Pair = (["suite_lines_plain", "suite_lines"], LINES_TESTS);

/// Rebuilds a plain and an annotated target after a change of one test.
fn changed(
    group: &str,
    (targets, tests): Pair,
    outer: &Outer,
    options: &Options,
    log: &mut Log,
) -> Result<(), String> {
    let [plain, bare] = targets;
    let changes = |script: &'static str| {
        [(PLAIN, plain), (BARE, bare)].map(|(name, target)| {
            let command = after(outer, script, "1", target);
            contender(name, tests, command)
        })
    };
    for target in targets {
        outer.build(target)?;
    }
    // The first build of each target fills the directory of the incremental compilation.
    for mut contender in changes("touch \"$0\"") {
        crate::measure::run(&mut contender.command)?;
    }
    let change = "sed -i \"s/_changed = [0-9]*/_changed = $$/\" \"$0\"";
    compare(log, group, changes(change), options.rounds(7));
    Ok(())
}

/// Returns a command that changes the source of a target and builds it.
pub(crate) fn after(outer: &Outer, script: &str, incremental: &str, target: &str) -> Command {
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

/// Compares the sizes of the binaries.
fn sizes(name: &'static str, outer: &Outer, log: &mut Log) -> Result<(), String> {
    let (plain, bare) = (size(outer, "suite_plain")?, size(outer, "suite_bare")?);
    ratio(name, bare / plain, log);
    Ok(())
}

/// Compares what 2,000 tests add to a binary without tests.
fn growth(outer: &Outer, log: &mut Log) -> Result<(), String> {
    let added = |with, without| Ok::<_, String>(size(outer, with)? - size(outer, without)?);
    let plain = added("suite_plain", "suite_no_plain")?;
    let bare = added("suite_bare", "suite_no_bare")?;
    ratio(GROWTH, bare / plain, log);
    Ok(())
}

/// Returns the size of a target's binary in bytes.
pub(crate) fn size(outer: &Outer, target: &str) -> Result<f64, String> {
    let binary = outer.build(target)?;
    let file = fs::metadata(&binary).map_err(|error| error.to_string())?;
    u32::try_from(file.len())
        .map(f64::from)
        .map_err(|error| error.to_string())
}

/// Prints and logs a ratio.
fn ratio(name: &'static str, value: f64, log: &mut Log) {
    report::ratio(name, value);
    log.facts.push((name, value));
}

/// Measures the memory per test, as the difference of two runs.
fn memory(
    name: &'static str,
    [short, long]: [&Path; 2],
    options: &Options,
    log: &mut Log,
) -> Option<f64> {
    let of = |tests: u32, binary: &Path| Contender {
        name: format!("{tests} tests"),
        tests,
        command: Command::new(binary),
    };
    let contenders = [of(SHORT_TESTS, short), of(LISTED_TESTS, long)];
    compare(log, name, contenders, options.rounds(2));
    let peak = |tests: u32| {
        let row = log.row(name, &format!("{tests} tests"))?;
        Some(row.figure(Measure::Peak)?.median * 1024.0)
    };
    let bytes = (peak(LISTED_TESTS)? - peak(SHORT_TESTS)?) / f64::from(LISTED_TESTS - SHORT_TESTS);
    report::fact(name, bytes);
    log.facts.push((name, bytes));
    Some(bytes)
}
