//! Contenders that are measured in turn, and the results.

use std::fs;
use std::io;
use std::path::PathBuf;

use crate::contender::Contender;
use crate::statistics::Figure;
use crate::{drain, measure};

/// Contenders that run in turn, A B C A B C, so that other load on the machine affects all of them.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) contenders: Vec<Contender>,
    pub(crate) rounds: u32,
}

/// The measured quantities.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Measure {
    Cpu,
    Wall,
    Peak,
}

/// One contender's measurements: microseconds per test, and KiB.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) group: String,
    pub(crate) contender: String,
    tests: u32,
    cpu: Vec<f64>,
    wall: Vec<f64>,
    peak: Vec<f64>,
    /// Why it takes no (further) part.
    pub(crate) skipped: Option<String>,
}

/// All measurements.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) rows: Vec<Row>,
    /// Single numbers, by name.
    pub(crate) facts: Vec<(&'static str, f64)>,
    /// The groups to measure, if not all.
    pub(crate) only: Option<Vec<String>>,
    directory: PathBuf,
}

impl Group {
    /// Measures all contenders.
    pub(crate) fn run(mut self) -> Vec<Row> {
        let mut rows: Vec<Row> = self
            .contenders
            .iter()
            .map(|contender| Row::new(&self.name, contender))
            .collect();
        let mut order: Vec<usize> = (0..rows.len()).collect();
        for _ in 0..self.rounds {
            for &number in &order {
                let (contender, row) = (&mut self.contenders[number], &mut rows[number]);
                if row.skipped.is_none() {
                    drain::wait();
                    row.add(measure::run(&mut contender.command));
                }
            }
            // What runs before a contender changes its clock rate and its caches.
            order.reverse();
        }
        rows
    }
}

impl Row {
    fn new(group: &str, contender: &Contender) -> Self {
        Self {
            group: group.to_owned(),
            contender: contender.name.clone(),
            tests: contender.tests,
            cpu: Vec::new(),
            wall: Vec::new(),
            peak: Vec::new(),
            skipped: None,
        }
    }

    fn add(&mut self, used: Result<measure::Used, String>) {
        match used {
            Ok(used) => {
                let tests = f64::from(self.tests);
                self.cpu.push(used.cpu.as_secs_f64() * 1e6 / tests);
                self.wall.push(used.wall.as_secs_f64() * 1e6 / tests);
                self.peak
                    .push(i32::try_from(used.peak).map_or(0.0, f64::from));
            }
            Err(why) => self.skipped = Some(why),
        }
    }

    pub(crate) fn figure(&self, measure: Measure) -> Option<Figure> {
        Figure::of(self.values(measure).iter().copied())
    }

    /// Returns the ratio of this one to the other, compared round by round.
    pub(crate) fn ratio(&self, other: &Self, measure: Measure) -> Option<Figure> {
        let pairs = self.values(measure).iter().zip(other.values(measure));
        Figure::of(pairs.map(|(mine, other)| mine / other))
    }

    fn values(&self, measure: Measure) -> &[f64] {
        match measure {
            Measure::Cpu => &self.cpu,
            Measure::Wall => &self.wall,
            Measure::Peak => &self.peak,
        }
    }

    /// Returns a JSON object for every round. The names are ASCII and need only escapes that Rust
    /// shares with JSON.
    fn lines(&self) -> impl Iterator<Item = String> {
        (0..self.cpu.len()).map(|round| {
            format!(
                "{{\"group\":{:?},\"contender\":{:?},\"tests\":{},\"round\":{round},\"cpu_us_per_test\":{:.2},\"wall_us_per_test\":{:.2},\"peak_kib\":{}}}\n",
                self.group, self.contender, self.tests, self.cpu[round], self.wall[round], self.peak[round]
            )
        })
    }
}

impl Log {
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self {
            rows: Vec::new(),
            facts: Vec::new(),
            only: None,
            directory,
        }
    }

    pub(crate) fn row(&self, group: &str, contender: &str) -> Option<&Row> {
        self.rows
            .iter()
            .find(|row| row.group == group && row.contender == contender)
    }

    pub(crate) fn fact(&self, name: &str) -> Option<f64> {
        self.facts
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| *value)
    }

    /// Writes the results for programs, a line of JSON for each measurement.
    pub(crate) fn write(&self) -> Result<PathBuf, String> {
        let file = self.directory.join("cost.jsonl");
        let facts = self
            .facts
            .iter()
            .map(|(name, value)| format!("{{\"fact\":{name:?},\"value\":{value}}}\n"));
        let text: String = self.rows.iter().flat_map(Row::lines).chain(facts).collect();
        fs::write(&file, text)
            .map_err(|error: io::Error| format!("{}: {error}", file.display()))?;
        Ok(file)
    }
}
