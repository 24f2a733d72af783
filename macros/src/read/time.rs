//! The keys of `time`.

use crate::arguments::Arguments;
use crate::literal::duration;
use crate::model::Time;

pub(super) fn time(keys: &Arguments<'_>) -> Time {
    Time {
        fields: keys.fields(),
        uptime: keys.text("uptime", duration::offset),
    }
}
