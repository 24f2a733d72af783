//! Measures what ns-test adds to the clean build of an empty test target.

use std::collections::BTreeSet;

use crate::contender::Place;
use crate::group::Log;
use crate::measure;
use crate::outer::Outer;

/// Names of the facts.
pub(crate) const CRATES: &str = "crates in the tree";
pub(crate) const SECONDS: &str = "processor seconds of a clean build, over an empty crate's";

/// Builds both from scratch.
pub(crate) fn run(place: &Place, log: &mut Log) -> Result<(), String> {
    let seconds = |with| {
        let outer = Outer::write(place, with)?;
        outer.clean();
        let mut build = outer.cargo(&["test", "--no-run", "--test", "empty"]);
        Ok::<_, String>(measure::run(&mut build)?.cpu.as_secs_f64())
    };
    let (without, with) = (seconds(false)?, seconds(true)?);
    log.facts.push((SECONDS, with - without));
    log.facts.push((CRATES, crates(place)?));
    Ok(())
}

/// Lists the crates in `cargo tree`, ns-test included.
fn crates(place: &Place) -> Result<f64, String> {
    let words = ["tree", "--prefix=none", "--edges=normal,build,dev"];
    let output = Outer::write(place, true)?
        .cargo(&words)
        .output()
        .map_err(|error| error.to_string())?;
    let tree = String::from_utf8_lossy(&output.stdout).into_owned();
    // "name version", perhaps followed by a path, or by "(*)" for a crate listed before.
    let names = tree.lines().filter_map(|line| {
        let mut words = line.split(' ');
        Some((words.next()?, words.next()?))
    });
    let others = names.filter(|(name, _)| *name != "cost");
    let count = others.collect::<BTreeSet<_>>().len();
    u32::try_from(count)
        .map(f64::from)
        .map_err(|error| error.to_string())
}
