//! Ids and the ranges that map them.

use syn::LitInt;

use crate::model::{Ids, Range};

/// Parses an id: `uid = 1000`. The kernel reserves the highest number for "no id".
pub(crate) fn id(literal: &LitInt) -> Result<u32, String> {
    match literal.base10_parse() {
        Ok(u32::MAX) | Err(_) => Err("an id is a number from 0 to 4294967294".into()),
        Ok(id) => Ok(id),
    }
}

/// Parses `"auto"`, or `"inner:outer:count"` ranges separated by commas.
pub(crate) fn ids(text: &str) -> Result<Ids, String> {
    match text {
        "auto" => Ok(Ids::Auto),
        _ => ranges(text).map(Ids::Ranges),
    }
}

/// Parses `"inner:outer:count"` ranges separated by commas. `caller` as the outer id means the
/// caller's own id.
pub(crate) fn ranges(text: &str) -> Result<Vec<Range>, String> {
    text.split(',').map(|text| range(text.trim())).collect()
}

fn range(text: &str) -> Result<Range, String> {
    let Some((inner, outer, count)) = three(text) else {
        return Err(format!(
            "`{text}` is not a range: write `inner:outer:count`, as in `0:100000:65536` or `0:caller:1`"
        ));
    };
    let end = |first: u32| first.checked_add(count);
    match (count, end(inner), outer.map_or(Some(0), end)) {
        (0, ..) => Err(format!("`{text}` maps no id: write a count above zero")),
        (2.., ..) if outer.is_none() => Err(format!(
            "`{text}` maps several ids to the caller, who has only one: write `{inner}:caller:1`"
        )),
        (_, Some(_), Some(_)) => Ok(Range {
            inner,
            outer,
            count,
        }),
        _ => Err(format!("`{text}` goes beyond the last id, 4294967294")),
    }
}

fn three(text: &str) -> Option<(u32, Option<u32>, u32)> {
    let mut parts = text.split(':');
    let inner = number(parts.next()?)?;
    let outer = match parts.next()? {
        "caller" => None,
        outer => Some(number(outer)?),
    };
    let count = number(parts.next()?)?;
    parts.next().is_none().then_some((inner, outer, count))
}

/// Parses only digits: `parse` also accepts a sign.
fn number(text: &str) -> Option<u32> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

impl Range {
    pub(crate) fn has(&self, inner: u32) -> bool {
        within(self.inner, self.count, inner)
    }

    /// Returns whether two ranges share an id on either side, which the kernel refuses.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        let meet = |a, b| within(a, self.count, b) || within(b, other.count, a);
        let outside = match (self.outer, other.outer) {
            (Some(one), Some(other)) => meet(one, other),
            (None, None) => true,
            _ => false,
        };
        meet(self.inner, other.inner) || outside
    }
}

impl std::fmt::Display for Range {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.outer {
            Some(outer) => write!(f, "{}:{outer}:{}", self.inner, self.count),
            None => write!(f, "{}:caller:{}", self.inner, self.count),
        }
    }
}

fn within(first: u32, count: u32, id: u32) -> bool {
    id >= first && id - first < count
}

#[cfg(test)]
mod tests {
    use super::{Ids, Range, ids};

    const fn range(inner: u32, outer: u32, count: u32) -> Range {
        Range {
            inner,
            outer: Some(outer),
            count,
        }
    }

    #[test]
    fn several_ranges_stand_in_one_string() {
        let Ok(Ids::Ranges(ranges)) = ids("0:1000:1, 1:100000:65535") else {
            panic!("two ranges");
        };
        assert_eq!(ranges, [range(0, 1000, 1), range(1, 100_000, 65535)]);
        assert!(matches!(ids("auto"), Ok(Ids::Auto)));
        for wrong in [
            "",
            "0",
            "0:1",
            "0:1:2:3",
            "a:b:c",
            "0:1:0",
            "0:1:1,",
            "-1:0:1",
            "+0:+1:+1",
            "0: 1:1",
            "0:caller:2",
            "caller:0:1",
            "0:0:caller",
        ] {
            assert!(ids(wrong).is_err(), "{wrong}");
        }
        let caller = Range {
            outer: None,
            ..range(0, 0, 1)
        };
        assert!(matches!(ids("0:caller:1"), Ok(Ids::Ranges(ranges)) if ranges == [caller]));
        assert!(ids("0:4294967294:1").is_ok());
        assert!(ids("0:4294967294:2").is_err());
    }

    #[test]
    fn ranges_meet_on_either_side() {
        assert!(!range(0, 1000, 1).overlaps(&range(1, 100_000, 65536)));
        assert!(range(0, 1000, 2).overlaps(&range(1, 100_000, 65536)));
        assert!(range(0, 100_100, 1).overlaps(&range(1, 100_000, 65536)));
        assert!(range(5, 0, 2).has(6) && !range(5, 0, 2).has(7) && !range(5, 0, 2).has(4));
    }
}
