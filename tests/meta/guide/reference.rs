//! The reference of the attribute: every key of the grammar is documented.

use std::collections::BTreeSet;
use std::fs;

use ns_test_suite::fixture::Check;

use crate::page::{self, Page};

/// `all` is only in the table. The keys of `limit(..)`, `env(..)` and `prepared(..)` are only in
/// their sections.
const IN_ONE: [&str; 10] = [
    "all",
    "hermetic",
    "processes",
    "files",
    "cpu",
    "clear",
    "inputs",
    "from",
    "copy",
    "upper",
];

/// Checks that every key is in the table, which editors show, and again in the section of its
/// option.
pub(crate) fn has_every_key(pages: &[Page]) -> Check {
    let source = |file: &str| fs::read_to_string(page::repository().join("macros/src").join(file));
    let names = source("grammar/tables.rs")?;
    let keys: BTreeSet<&str> = names
        .split(['(', ','])
        .zip(names.split(['(', ',']).skip(1))
        .filter(|(before, _)| {
            before.trim_end().ends_with("key") || before.trim_end().ends_with("field")
        })
        .filter_map(|(_, name)| name.trim().strip_prefix('"')?.split('"').next())
        .collect();
    let front = source("lib.rs")?;
    let parts = pages
        .iter()
        .filter(|page| page.path.starts_with(page::REFERENCE));
    let sections: Vec<&str> = parts
        .flat_map(|page| &page.prose)
        .map(|(_, line)| line.as_str())
        .collect();
    let front = names_in_code(front.lines().filter(|line| line.starts_with("///")));
    let sections = names_in_code(sections.into_iter());
    for key in &keys {
        let places = [&front, &sections].map(|names| usize::from(names.contains(key)));
        let enough = if IN_ONE.contains(key) { 1 } else { 2 };
        if places.iter().sum::<usize>() < enough {
            return Err(format!(
                "`{key}`: in front {}, in a section {}",
                places[0], places[1]
            )
            .into());
        }
    }
    match keys.len() > 30 {
        true => Ok(()),
        false => Err(format!("the grammar has more keys than {keys:?}").into()),
    }
}

/// Returns the words between backticks.
fn names_in_code<'a>(lines: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
    let code = lines.flat_map(|line| line.split('`').skip(1).step_by(2));
    code.flat_map(|code| code.split(|letter: char| !letter.is_alphanumeric() && letter != '_'))
        .collect()
}
