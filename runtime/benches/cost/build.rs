//! Measures what ns-test adds to the clean build of an empty test target.

use std::collections::BTreeSet;

use crate::contender::Place;
use crate::group::Log;
use crate::measure;
use crate::options::Options;
use crate::outer::{Dependency, Outer, Profile};
use crate::statistics::Figure;

/// Names of the facts.
pub(crate) const CRATES: &str = "crates in the tree";
pub(crate) const SECONDS: &str = "processor seconds of a clean build, over an empty crate's";
pub(crate) const SECONDS_README: &str =
    "processor seconds of a clean build in README's profile, over an empty crate's";
pub(crate) const OWN: &str =
    "processor seconds of a clean build in README's profile, ns-test / its dependencies";
pub(crate) const NETWORKS: &str = "processor seconds of a clean build, with networks / without";
const FEATURES: &str = "processor seconds of a clean build, default features / none";
/// The facts that are ratios.
pub(crate) const RATIOS: [&str; 3] = [OWN, NETWORKS, FEATURES];

/// An empty crate; ns-test with its default features, in both profiles; the crates that it depends
/// on; ns-test without networks, and without all features.
const BUILDS: [(Dependency, Profile); 6] = [
    (Dependency::None, Profile::Default),
    (Dependency::Default, Profile::Default),
    (Dependency::Default, Profile::Readme),
    (Dependency::Named, Profile::Readme),
    (Dependency::Features(&["service"]), Profile::Default),
    (Dependency::Features(&[]), Profile::Default),
];

/// Builds all of them from scratch, in turn.
pub(crate) fn run(place: &Place, options: &Options, log: &mut Log) -> Result<(), String> {
    let mut seconds = [(); BUILDS.len()].map(|()| Vec::new());
    for _ in 0..options.rounds(3) {
        for ((dependency, profile), seconds) in BUILDS.into_iter().zip(&mut seconds) {
            seconds.push(clean_build(place, dependency, profile)?);
        }
    }
    let [none, default, readme, named, service, bare] = &seconds;
    let median = |values: Vec<f64>| Figure::of(values).map_or(f64::NAN, |figure| figure.median);
    let compare = |of: &[f64], to: &[f64], with: fn(f64, f64) -> f64| {
        median(of.iter().zip(to).map(|(of, to)| with(*of, *to)).collect())
    };
    let facts = [
        (SECONDS, compare(default, none, |of, to| of - to)),
        (SECONDS_README, compare(readme, none, |of, to| of - to)),
        (OWN, compare(readme, named, |of, to| of / to)),
        (NETWORKS, compare(default, service, |of, to| of / to)),
        (FEATURES, compare(default, bare, |of, to| of / to)),
        (CRATES, crates(place)?),
    ];
    log.facts.extend(facts);
    Ok(())
}

/// Returns the processor seconds of a clean build.
fn clean_build(place: &Place, dependency: Dependency, profile: Profile) -> Result<f64, String> {
    let outer = Outer::write(place, dependency, profile)?;
    outer.clean();
    let mut build = outer.cargo(&["test", "--no-run", "--test", "empty"]);
    Ok(measure::run(&mut build)?.cpu.as_secs_f64())
}

/// Lists the crates in `cargo tree`, ns-test included.
fn crates(place: &Place) -> Result<f64, String> {
    let words = ["tree", "--prefix=none", "--edges=normal,build,dev"];
    let output = Outer::write(place, Dependency::Default, Profile::Default)?
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
