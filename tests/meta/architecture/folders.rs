//! A `mod.rs` declares the files of its folder, and has no items.

use libtest_mimic::Trial;
use ns_test_suite::fixture::Check;
use quote::ToTokens as _;
use syn::Item;

use super::sources::{failed_unless_empty, folders};

pub(super) fn trials() -> [Trial; 2] {
    [
        Trial::test("folders_only_declare", folders_only_declare),
        Trial::test("an_item_in_a_folder_is_found", an_item_in_a_folder_is_found),
    ]
}

/// Where a `mod.rs` may be.
const PLACES: [&str; 4] = ["runtime/src", "runtime/benches", "macros/src", "tests"];

/// Checks that a `mod.rs` only declares and re-exports. An item in one would also hide from the
/// check for cycles.
fn folders_only_declare() -> Check {
    let mut mistakes = Vec::new();
    for place in PLACES {
        let folders = folders(place);
        assert!(!folders.is_empty(), "no mod.rs in {place}");
        for (file, text) in folders {
            let items = items(&text)?.into_iter();
            mistakes.extend(items.map(|item| format!("{place}/{}: `{item}`", file.display())));
        }
    }
    failed_unless_empty(&mistakes)
}

/// Shows that the check can fail.
fn an_item_in_a_folder_is_found() -> Check {
    let text = r#"
#![expect(unsafe_code, reason = "a test")]

#[cfg(test)]
mod tests;
pub(crate) mod walk;

pub use walk::{const_fn, walk};

pub(in crate::walk) const unsafe fn one() {}
impl<T> Two for T {}
macro_rules! three { () => {} }
mod four { fn inside() {} }
four!();
"#;
    let items = items(text)?;
    let starts = ["pub (in crate", "impl", "macro_rules", "mod four", "four"];
    let are_found = items
        .iter()
        .zip(starts)
        .all(|(item, start)| item.starts_with(start));
    match are_found && items.len() == starts.len() {
        true => Ok(()),
        false => Err(format!("{items:?}").into()),
    }
}

/// Returns the items that are more than a declaration or a re-export.
fn items(text: &str) -> syn::Result<Vec<String>> {
    let items = syn::parse_file(text)?.items.into_iter();
    let more = items.filter(|item| match item {
        Item::Mod(module) => module.content.is_some(),
        Item::Use(_) => false,
        _ => true,
    });
    Ok(more
        .map(|item| item.to_token_stream().to_string())
        .collect())
}
