//! Ids and the ranges that map them.

use syn::LitInt;

use crate::model::{Ids, Range};

/// `uid = 1000`. The last number stands for "no id" in the kernel.
pub(crate) fn id(literal: &LitInt) -> Result<u32, String> {
    match literal.base10_parse() {
        Ok(u32::MAX) | Err(_) => Err("an id is at most 4294967294".into()),
        Ok(id) => Ok(id),
    }
}

/// `"auto"`, or `"inner:outer:count"` with commas between several.
pub(crate) fn ids(text: &str) -> Result<Ids, String> {
    if text == "auto" {
        return Ok(Ids::Auto);
    }
    let ranges = text.split(',').map(|text| range(text.trim()));
    Ok(Ids::Ranges(ranges.collect::<Result<_, _>>()?))
}

fn range(text: &str) -> Result<Range, String> {
    let numbers: Option<Vec<u32>> = text.split(':').map(|number| number.parse().ok()).collect();
    let Some(&[inner, outer, count]) = numbers.as_deref() else {
        return Err(format!(
            "`{text}` is not `auto` or `inner:outer:count`, as in `0:100000:65536`"
        ));
    };
    match (count, inner.checked_add(count), outer.checked_add(count)) {
        (0, ..) => Err(format!("`{text}` maps no id: write a count above zero")),
        (_, Some(_), Some(_)) => Ok(Range {
            inner,
            outer,
            count,
        }),
        _ => Err(format!("`{text}` runs past the last id, 4294967294")),
    }
}

impl Range {
    pub(crate) fn has(&self, inner: u32) -> bool {
        within(self.inner, self.count, inner)
    }

    /// The kernel refuses a map that has an id twice, on either side.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        let meet = |a, b| within(a, self.count, b) || within(b, other.count, a);
        meet(self.inner, other.inner) || meet(self.outer, other.outer)
    }
}

impl std::fmt::Display for Range {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.inner, self.outer, self.count)
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
            outer,
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
            "", "0", "0:1", "0:1:2:3", "a:b:c", "0:1:0", "0:1:1,", "-1:0:1",
        ] {
            assert!(ids(wrong).is_err(), "{wrong}");
        }
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
