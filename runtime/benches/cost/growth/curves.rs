//! Measurements over a number: the panels of the picture.

use crate::group::{Log, Measure};
use crate::names::{CPU, WALL};

/// One quantity over one number.
#[derive(Debug)]
pub(super) struct Panel {
    pub(super) title: &'static str,
    pub(super) curves: Vec<Curve>,
}

/// The values of one contender.
#[derive(Debug)]
pub(super) struct Curve {
    pub(super) name: &'static str,
    pub(super) points: Vec<Point>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) number: u32,
    pub(super) value: f64,
}

impl Panel {
    pub(super) fn new(title: &'static str, names: [&'static str; 2]) -> Self {
        let curves = names.map(|name| Curve {
            name,
            points: Vec::new(),
        });
        Self {
            title,
            curves: curves.into(),
        }
    }

    /// Adds a value to this contender's curve. Contenders that could not be measured have none.
    pub(super) fn add(&mut self, name: &str, number: u32, value: Option<f64>) {
        let curve = self.curves.iter_mut().find(|curve| curve.name == name);
        if let (Some(curve), Some(value)) = (curve, value) {
            curve.points.push(Point { number, value });
        }
    }
}

/// Returns the times of a group's contenders in milliseconds, each over its number.
pub(super) fn times(
    title: &'static str,
    log: &Log,
    group: &str,
    contenders: &[(u32, String)],
) -> Panel {
    let mut panel = Panel::new(title, [WALL, CPU]);
    for (number, contender) in contenders {
        for (curve, measure) in [(WALL, Measure::Wall), (CPU, Measure::Cpu)] {
            let value = median(log, group, contender, measure);
            panel.add(curve, *number, value.map(|micros| micros / 1e3));
        }
    }
    panel
}

/// Returns a contender's median in this group: microseconds per test, or KiB.
pub(super) fn median(log: &Log, group: &str, contender: &str, measure: Measure) -> Option<f64> {
    let figure = log.row(group, contender)?.figure(measure)?;
    Some(figure.median)
}
