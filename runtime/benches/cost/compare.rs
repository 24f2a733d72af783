//! One group of contenders: measured, printed and logged.

use crate::contender::Contender;
use crate::group::{Group, Log};
use crate::report;

/// Measures the contenders, unless this run leaves the group out.
pub(crate) fn compare(
    log: &mut Log,
    name: &str,
    contenders: impl IntoIterator<Item = Contender>,
    rounds: u32,
) {
    if log
        .only
        .as_ref()
        .is_some_and(|only| !only.iter().any(|wanted| wanted == name))
    {
        return;
    }
    let group = Group {
        name: name.to_owned(),
        contenders: contenders.into_iter().collect(),
        rounds,
    };
    let rows = group.run();
    report::group(&rows);
    log.rows.extend(rows);
}
