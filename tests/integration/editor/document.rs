//! A file that is open in the editor. The editor's text applies, not the file on disk.

use std::fs;

use libtest_mimic::Failed;
use serde_json::{Value, json};

use ns_test_suite::outer::Outer;

use crate::server::{Server, uri};

pub(crate) struct Document {
    uri: String,
    text: String,
    version: u64,
}

impl Document {
    /// Opens a file of the crate.
    pub(crate) fn open(outer: &Outer, file: &str, server: &mut Server) -> Result<Self, Failed> {
        let path = outer.directory.join(file);
        let document = Self {
            uri: uri(&path.display().to_string()),
            text: fs::read_to_string(path)?,
            version: 0,
        };
        let item = json!({
            "uri": document.uri,
            "languageId": "rust",
            "version": 0,
            "text": document.text,
        });
        server.tell("textDocument/didOpen", &json!({ "textDocument": item }))?;
        Ok(document)
    }

    /// Replaces some text.
    pub(crate) fn edit(&mut self, old: &str, new: &str, server: &mut Server) -> Result<(), Failed> {
        let text = self.text.replacen(old, new, 1);
        if text == self.text {
            return Err(format!("`{old}` is not in there, or is the same").into());
        }
        self.text = text;
        self.version += 1;
        let parameters = json!({
            "textDocument": { "uri": self.uri, "version": self.version },
            "contentChanges": [{ "text": self.text }],
        });
        Ok(server.tell("textDocument/didChange", &parameters)?)
    }

    pub(crate) fn close(&self, server: &mut Server) -> Result<(), Failed> {
        Ok(server.tell("textDocument/didClose", &self.parameters())?)
    }

    /// Returns every place of these words: the start of the part after `cursor`.
    pub(crate) fn places(&self, words: &str, cursor: &str) -> Vec<Value> {
        let within = words.find(cursor).map_or(0, |at| at + cursor.len());
        let found = self.text.match_indices(words);
        found.map(|(at, _)| self.position(at + within)).collect()
    }

    /// Returns a position in the protocol's units. The files are ASCII, so a character is one unit.
    fn position(&self, at: usize) -> Value {
        let before = &self.text[..at];
        let line = before.matches('\n').count();
        let character = before.len() - before.rfind('\n').map_or(0, |end| end + 1);
        json!({ "line": line, "character": character })
    }

    /// Returns the parameters of a request about the file.
    pub(crate) fn parameters(&self) -> Value {
        json!({ "textDocument": { "uri": self.uri } })
    }

    /// Returns the parameters of a request about a place in the file.
    pub(crate) fn parameters_at(&self, place: &Value) -> Value {
        json!({ "textDocument": { "uri": self.uri }, "position": place })
    }
}
