//! An editor's questions about a file, and the evaluated answers.

use std::collections::BTreeSet;

use libtest_mimic::Failed;
use serde_json::Value;

use crate::document::Document;
use crate::server::Server;

/// The command of the editor's Run button for a test.
pub(crate) struct Runnable {
    pub(crate) test: String,
    /// The position of the function's name.
    pub(crate) place: Value,
    /// The arguments for cargo, with those for the harness after `--`.
    pub(crate) arguments: Vec<String>,
}

/// Returns the tests of a file, without the modules and the whole file, which can also be run.
pub(crate) fn tests(document: &Document, server: &mut Server) -> Result<Vec<Runnable>, Failed> {
    let answer = server.ask("experimental/runnables", &document.parameters())?;
    let all = answer.as_array().map_or(&[][..], Vec::as_slice);
    let tests = all.iter().filter_map(|runnable| {
        let test = runnable["label"].as_str()?.strip_prefix("test ")?;
        let [cargo, harness] =
            ["cargoArgs", "executableArgs"].map(|key| strings(&runnable["args"][key]));
        Some(Runnable {
            test: test.to_owned(),
            place: runnable["location"]["targetSelectionRange"]["start"].clone(),
            arguments: [cargo, vec!["--".to_owned()], harness].concat(),
        })
    });
    Ok(tests.collect())
}

/// Returns the titles of the buttons shown at a place.
pub(crate) fn buttons(
    document: &Document,
    place: &Value,
    server: &mut Server,
) -> Result<String, Failed> {
    let answer = server.ask("textDocument/codeLens", &document.parameters())?;
    let all = answer.as_array().map_or(&[][..], Vec::as_slice);
    let mut titles = String::new();
    for lens in all.iter().filter(|lens| lens["range"]["start"] == *place) {
        let lens = server.ask("codeLens/resolve", lens)?;
        titles += lens["command"]["title"].as_str().unwrap_or_default();
    }
    Ok(titles)
}

/// Returns the completions at a place.
pub(crate) fn completions(
    document: &Document,
    place: &Value,
    server: &mut Server,
) -> Result<BTreeSet<String>, Failed> {
    let answer = server.ask("textDocument/completion", &document.parameters_at(place))?;
    let items = answer["items"].as_array().or(answer.as_array());
    let labels = items
        .into_iter()
        .flatten()
        .filter_map(|item| item["label"].as_str());
    Ok(labels.map(ToOwned::to_owned).collect())
}

/// Returns the definition of the name at a place: file and line, counted from 0.
pub(crate) fn definitions(
    document: &Document,
    place: &Value,
    server: &mut Server,
) -> Result<Vec<(String, u64)>, Failed> {
    let answer = server.ask("textDocument/definition", &document.parameters_at(place))?;
    let places = answer.as_array().into_iter().flatten();
    let places = places.filter_map(|place| {
        let uri = place["uri"].as_str()?;
        let line = place["range"]["start"]["line"].as_u64()?;
        Some((uri.to_owned(), line))
    });
    Ok(places.collect())
}

/// Returns the hover text of a place.
pub(crate) fn hover(
    document: &Document,
    place: &Value,
    server: &mut Server,
) -> Result<String, Failed> {
    let answer = server.ask("textDocument/hover", &document.parameters_at(place))?;
    let text = answer["contents"]["value"].as_str();
    Ok(text.unwrap_or_default().to_owned())
}

/// Returns the diagnostics: the kind and message of each.
pub(crate) fn diagnostics(
    document: &Document,
    server: &mut Server,
) -> Result<Vec<(String, String)>, Failed> {
    let answer = server.ask("textDocument/diagnostic", &document.parameters())?;
    let items = answer["items"].as_array().ok_or("no full report")?;
    let text = |item: &Value, key| item[key].as_str().unwrap_or_default().to_owned();
    let both = items
        .iter()
        .map(|item| (text(item, "code"), text(item, "message")));
    Ok(both.collect())
}

fn strings(list: &Value) -> Vec<String> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(Value::as_str)
        .map(ToOwned::to_owned)
        .collect()
}
