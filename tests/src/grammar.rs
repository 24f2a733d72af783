//! The attribute's keys, read from the table in `macros/src/grammar`.

use std::fs;
use std::io;
use std::path::Path;

/// Returns the name of every option and key: the first string of each `key(..)` and `field(..)`.
///
/// # Errors
/// If the table can't be read, or has too few entries.
pub fn keys() -> io::Result<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../macros/src/grammar/tables.rs");
    let table = fs::read_to_string(path)?;
    let rows = ["key(", "field("].map(|row| table.split(row).skip(1));
    let names = rows.into_iter().flatten().filter_map(|rest| {
        let (name, _) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
        Some(name.to_owned())
    });
    let names: Vec<String> = names.collect();
    match names.len() > 40 {
        true => Ok(names),
        false => Err(io::Error::other(format!("the grammar has only {names:?}"))),
    }
}
