//! The picture of the curves: both scales of each panel are logarithmic.

use std::fmt::Write as _;
use std::ops::Range;

use super::curves::{Curve, Panel, Point};
use crate::names::{BARE, CPU, PLAIN, WALL};

/// The size of a panel's plot, and of its cell, in pixels.
const PLOT: [f64; 2] = [210.0, 140.0];
const CELL: [f64; 2] = [275.0, 220.0];
/// From the corner of a cell to the plot.
const MARGIN: [f64; 2] = [45.0, 40.0];
const COLUMNS: usize = 4;

/// Returns an SVG document.
pub(super) fn draw(panels: &[Panel]) -> String {
    let rows = panels.len().div_ceil(COLUMNS);
    let [width, height] = [
        CELL[0] * count(COLUMNS) + 20.0,
        CELL[1] * count(rows) + 30.0,
    ];
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>\n"
    );
    for (number, panel) in panels.iter().enumerate() {
        let corner = [
            count(number % COLUMNS) * CELL[0] + MARGIN[0],
            count(number / COLUMNS) * CELL[1] + MARGIN[1],
        ];
        let _ = draw_panel(&mut svg, panel, corner);
    }
    let legend = [BARE, PLAIN, WALL, CPU]
        .map(|name| format!("<tspan fill=\"{}\">{name}</tspan>", color(name)))
        .join(", ");
    let (x, y) = (MARGIN[0], height - 12.0);
    let _ = writeln!(
        svg,
        "<text x=\"{x}\" y=\"{y}\">both scales logarithmic: {legend}</text></svg>"
    );
    svg
}

fn draw_panel(svg: &mut String, panel: &Panel, [left, top]: [f64; 2]) -> std::fmt::Result {
    let points = || panel.curves.iter().flat_map(|curve| &curve.points);
    let x = Scale::new(
        points().map(|point| point.number.into()),
        left..left + PLOT[0],
        1.0,
    );
    let y = Scale::new(points().map(|point| point.value), top + PLOT[1]..top, 1.3);
    let (right, bottom) = (left + PLOT[0], top + PLOT[1]);
    let title = top - 18.0;
    writeln!(
        svg,
        "<text x=\"{left}\" y=\"{title}\" font-weight=\"bold\">{}</text>",
        panel.title
    )?;
    for tick in y.ticks() {
        let at = y.at(tick);
        writeln!(
            svg,
            "<line x1=\"{left}\" x2=\"{right}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"#ddd\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            left - 6.0,
            at + 4.0,
            digits(tick)
        )?;
    }
    let longest = panel.curves.iter().max_by_key(|curve| curve.points.len());
    for point in longest.into_iter().flat_map(|curve| &curve.points) {
        writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            x.at(point.number.into()),
            bottom + 18.0,
            digits(point.number.into())
        )?;
    }
    panel.curves.iter().try_for_each(|curve| {
        draw_curve(svg, curve, |point| {
            [x.at(point.number.into()), y.at(point.value)]
        })
    })
}

fn draw_curve(
    svg: &mut String,
    curve: &Curve,
    place: impl Fn(&Point) -> [f64; 2],
) -> std::fmt::Result {
    let color = color(curve.name);
    let places: Vec<[f64; 2]> = curve.points.iter().map(place).collect();
    let line: Vec<String> = places
        .iter()
        .map(|[x, y]| format!("{x:.1},{y:.1}"))
        .collect();
    writeln!(
        svg,
        "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"{color}\" points=\"{}\"/>",
        line.join(" ")
    )?;
    places.iter().try_for_each(|[x, y]| {
        writeln!(
            svg,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{color}\"/>"
        )
    })
}

fn color(name: &str) -> &'static str {
    match name {
        PLAIN => "#888",
        WALL => "#06c",
        CPU => "#e90",
        _ours => "#c33",
    }
}

/// A logarithmic scale.
struct Scale {
    values: Range<f64>,
    pixels: Range<f64>,
}

impl Scale {
    /// Creates a scale for these values, with room for values larger and smaller by a factor.
    fn new(values: impl Iterator<Item = f64>, pixels: Range<f64>, room: f64) -> Self {
        let [least, greatest] = values.fold([f64::MAX, f64::MIN_POSITIVE], |[low, high], value| {
            [value.min(low), value.max(high)]
        });
        Self {
            values: least / room..greatest * room,
            pixels,
        }
    }

    fn at(&self, value: f64) -> f64 {
        let Range { start, end } = &self.values;
        let part = (value / start).ln() / (end / start).ln();
        self.pixels.start + part * (self.pixels.end - self.pixels.start)
    }

    /// Returns round numbers in the scale: powers of ten or, if fewer than three of them are in it,
    /// also multiples of these.
    fn ticks(&self) -> Vec<f64> {
        const MULTIPLES: [&[f64]; 3] = [&[1.0], &[1.0, 2.0, 5.0], &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0]];
        let ticks = MULTIPLES.map(|multiples| {
            let powers = (-3..7).map(|exponent| 10_f64.powi(exponent));
            let numbers = powers.flat_map(|power| multiples.iter().map(move |by| by * power));
            let shown = numbers.filter(|number| self.values.contains(number));
            shown.collect::<Vec<f64>>()
        });
        let [.., finest] = &ticks;
        ticks
            .iter()
            .find(|ticks| ticks.len() >= 3)
            .unwrap_or(finest)
            .clone()
    }
}

/// Returns a number with commas between thousands.
fn digits(value: f64) -> String {
    if value < 1_000.0 {
        // Such as 0.05: a product of powers of ten is not exact.
        let text = format!("{value:.3}");
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    format!("{},{:03}", (value / 1e3).floor(), value % 1e3)
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(0.0, f64::from)
}
