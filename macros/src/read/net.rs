//! The keys of `net`.

use crate::arguments::{Arguments, value};
use crate::grammar;
use crate::literal::path;
use crate::model::{Net, Sysctl};
use crate::parse::Entry;

pub(super) fn net(keys: &Arguments<'_>) -> Net {
    let sysctl = keys
        .every("sysctl")
        .filter_map(|entry| sysctl(keys, entry))
        .collect();
    Net {
        fields: keys.fields(),
        sysctl,
    }
}

fn sysctl(net: &Arguments<'_>, entry: &Entry) -> Option<Sysctl> {
    let keys = net.inner(entry, &grammar::SYSCTL)?;
    let [key, value] = keys.values(&entry.name, net.usage(entry))?;
    let value = net.mistakes.note(value::sysctl(value, net.usage(entry)));
    let key = net.text_in(entry, key, path::sysctl)?;
    Some(Sysctl { key, value: value? })
}
