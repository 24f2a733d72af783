//! The public steps and calls of an error are those that code makes.

use std::path::PathBuf;

use ns_test_suite::fixture::Check;

use super::sources::{failed_unless_empty, runtime};

/// Checks that code makes every variant of `Step` and `Call`. They are public, and another variant
/// would promise an error that never happens.
pub(super) fn every_step_and_call_is_made() -> Check {
    let (errors, others): (Vec<_>, Vec<_>) = runtime()
        .into_iter()
        .partition(|(file, _)| file.starts_with("error"));
    let definitions = errors
        .iter()
        .find(|(file, _)| file.ends_with("step.rs"))
        .ok_or("there is no step.rs")?;
    let (_, lists) = definitions.1.split_once("words! {").ok_or("no list")?;
    let mut kind = "";
    let mut mistakes = Vec::new();
    for line in lists.lines().map(str::trim) {
        if let Some(name) = line.strip_suffix(" {") {
            kind = name;
        } else if let Some((variant, _)) = line.split_once(" => ") {
            let path = format!("{kind}::{variant}");
            let is_made = |(_, text): &(PathBuf, String)| {
                text.match_indices(&path)
                    .any(|(at, _)| !text[at + path.len()..].starts_with(char::is_alphanumeric))
            };
            if !others.iter().any(is_made) {
                mistakes.push(format!("`{path}` is never made"));
            }
        }
    }
    if kind != "Call" {
        return Err(format!("the last list is `{kind}`").into());
    }
    failed_unless_empty(&mistakes)
}
