//! Binaries with more and more tests, compared with those of libtest.

use std::path::PathBuf;
use std::process::Command;

use super::curves::{Panel, median};
use crate::compare::compare;
use crate::contender::{Contender, Place, contender};
use crate::group::{Log, Measure};
use crate::names::{BARE, PLAIN};
use crate::options::Options;
use crate::outer::{Dependency, Outer, Profile};
use crate::suites::{self, Target};

const SIZES: [u32; 4] = [100, 1_000, 10_000, 100_000];

/// Larger binaries are built and run once.
const SEVERAL_ROUNDS: u32 = 10_000;

/// Measures the build, the binary, the list, one test, and the run of all tests.
pub(super) fn measure(
    place: &Place,
    options: &Options,
    log: &mut Log,
) -> Result<Vec<Panel>, String> {
    let outer = Outer::write(place, Dependency::Default, Profile::Default)?;
    // Builds the dependencies.
    outer.build("empty")?;
    let panel = |title| Panel::new(title, [BARE, PLAIN]);
    let mut panels = [
        panel("build, processor s, by tests"),
        panel("debug binary, MB, by tests"),
        panel("--list, ms, by tests"),
        panel("one test by --exact, ms, by tests"),
        panel("run of all tests, s, by tests"),
        panel("peak memory, MB, by tests"),
    ];
    for tests in SIZES {
        let [build, size, list, exact, run, memory] = &mut panels;
        let mut binaries = Binaries::new(tests, place, &outer, options)?;
        binaries.compiled(build, log);
        binaries.built(size)?;
        binaries.executed(list, &["--list", "--format", "terse"], log);
        binaries.executed(exact, &["--exact", "test_00042"], log);
        binaries.run(run, memory, log);
    }
    Ok(panels.into())
}

/// Two binaries with this many tests.
struct Binaries<'a> {
    tests: u32,
    /// The contenders, and their targets.
    targets: [(&'static str, String); 2],
    /// Empty until they are built.
    files: Vec<PathBuf>,
    place: &'a Place,
    outer: &'a Outer,
    options: &'a Options,
}

impl<'a> Binaries<'a> {
    fn new(
        tests: u32,
        place: &'a Place,
        outer: &'a Outer,
        options: &'a Options,
    ) -> Result<Self, String> {
        let targets = [
            (PLAIN, "growth_plain", suites::LIBTEST),
            (BARE, "growth", suites::CHEAPEST),
        ];
        for (_, name, above) in targets {
            let name = named(name, tests);
            let target = Target {
                name: &name,
                above,
                tests,
                rest: suites::EMPTY,
            };
            outer.add(&target).map_err(|error| error.to_string())?;
        }
        Ok(Self {
            tests,
            targets: targets.map(|(contender, name, _)| (contender, named(name, tests))),
            files: Vec::new(),
            place,
            outer,
            options,
        })
    }

    /// Measures the processor time of Cargo, the compiler and the linker.
    fn compiled(&self, panel: &mut Panel, log: &mut Log) {
        let group = format!("{} tests in one binary, compiled", self.tests);
        let builds = self.targets.each_ref().map(|(name, target)| {
            let command = suites::after(self.outer, "touch \"$0\"", "0", target);
            contender(name, self.tests, command)
        });
        compare(log, &group, builds, self.rounds());
        self.add(panel, log, &group, (Measure::Cpu, 1e6));
    }

    /// Measures the size of the binaries.
    fn built(&mut self, panel: &mut Panel) -> Result<(), String> {
        for (name, target) in &self.targets {
            self.files.push(self.outer.build(target)?);
            let bytes = suites::size(self.outer, target)?;
            panel.add(name, self.tests, Some(bytes / 1e6));
        }
        Ok(())
    }

    /// Measures an execution with these arguments.
    fn executed(&self, panel: &mut Panel, words: &[&str], log: &mut Log) {
        let group = format!("{} tests in one binary, {}", self.tests, words.join(" "));
        let rounds = self.options.rounds(9);
        compare(log, &group, self.executions(words), rounds);
        self.add(panel, log, &group, (Measure::Wall, 1e3));
    }

    /// Measures the run of all tests, and the harness's memory.
    fn run(&self, panel: &mut Panel, memory: &mut Panel, log: &mut Log) {
        let group = format!("{} tests in one binary, all run", self.tests);
        let contenders = self.executions(&["--test-threads=2"]);
        compare(log, &group, contenders, self.rounds());
        self.add(panel, log, &group, (Measure::Wall, 1e6));
        for (name, _) in &self.targets {
            let kib = median(log, &group, name, Measure::Peak);
            memory.add(name, self.tests, kib.map(|kib| kib * 1024.0 / 1e6));
        }
    }

    fn executions(&self, words: &[&str]) -> Vec<Contender> {
        let of = |(name, file): (&str, &PathBuf)| {
            let mut command = Command::new(file);
            command.args(words).current_dir("/");
            self.place.hand_over(&mut command);
            contender(name, self.tests, command)
        };
        let names = self.targets.iter().map(|(name, _)| *name);
        names.zip(&self.files).map(of).collect()
    }

    /// Adds a group's totals, in a unit of this many microseconds.
    fn add(&self, panel: &mut Panel, log: &Log, group: &str, (measure, unit): (Measure, f64)) {
        for (name, _) in &self.targets {
            let each = median(log, group, name, measure);
            let total = each.map(|micros| micros * f64::from(self.tests) / unit);
            panel.add(name, self.tests, total);
        }
    }

    fn rounds(&self) -> u32 {
        match self.tests <= SEVERAL_ROUNDS {
            true => self.options.rounds(3),
            false => 1,
        }
    }
}

fn named(name: &str, tests: u32) -> String {
    format!("{name}_{tests}")
}
