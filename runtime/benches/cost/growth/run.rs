//! The part of the bench.

use std::fs;

use super::{hosts, picture, sizes, threads};
use crate::contender::Place;
use crate::group::Log;
use crate::options::Options;
use crate::report;

/// Measures all curves, prints their points, and draws them into a file.
pub(crate) fn run(place: &Place, options: &Options, log: &mut Log) -> Result<(), String> {
    let mut panels = sizes::measure(place, options, log)?;
    panels.push(threads::measure(place, options, log));
    panels.push(hosts::measure(place, options, log));
    for panel in &panels {
        for curve in &panel.curves {
            let points = curve.points.iter().map(|point| (point.number, point.value));
            report::curve(panel.title, curve.name, points);
        }
    }
    let file = place.directory.join("growth.svg");
    fs::write(&file, picture::draw(&panels))
        .map_err(|error| format!("{}: {error}", file.display()))?;
    report::picture(&file);
    Ok(())
}
