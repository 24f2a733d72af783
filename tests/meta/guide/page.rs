//! A page of Markdown: its blocks of code, and the text between them.

use std::fs;
use std::path::{Path, PathBuf};

/// A page, and its path below the repository's root.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) path: String,
    pub(crate) blocks: Vec<Block>,
    /// The lines outside all blocks, by number.
    pub(crate) prose: Vec<(usize, String)>,
}

/// The text between two fences.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// The text after the opening fence: for example `rust`.
    pub(crate) kind: String,
    /// The line number of its first line on the page.
    pub(crate) line: usize,
    pub(crate) text: String,
}

impl Page {
    fn new(path: String, text: &str) -> Self {
        let (mut blocks, mut prose) = (Vec::<Block>::new(), Vec::new());
        let mut inside = false;
        for (line, number) in text.lines().zip(1..) {
            match (inside, line.strip_prefix("```")) {
                (false, Some(kind)) => {
                    blocks.push(Block {
                        kind: kind.to_owned(),
                        line: number + 1,
                        text: String::new(),
                    });
                    inside = true;
                }
                (true, Some(_)) => inside = false,
                (true, None) => {
                    let block = blocks.last_mut().expect("a fence began it");
                    block.text += line;
                    block.text.push('\n');
                }
                (false, None) => prose.push((number, line.to_owned())),
            }
        }
        Self {
            path,
            blocks,
            prose,
        }
    }

    /// Returns a place on the page: `docs/first-test.md:12`.
    pub(crate) fn place(&self, line: usize) -> String {
        format!("{}:{line}", self.path)
    }

    /// Returns its path as an identifier.
    pub(crate) fn name(&self) -> String {
        let name = self.path.trim_end_matches(".md").to_lowercase();
        name.trim_start_matches("docs/").replace('/', "-")
    }
}

impl Block {
    fn show_what_rustdoc_hides(&mut self) {
        if self.kind.is_empty() {
            self.kind = "rust".to_owned();
            let lines = self.text.lines();
            let shown = lines.map(|line| line.strip_prefix("# ").unwrap_or(line));
            self.text = shown.map(|line| format!("{line}\n")).collect();
            // The page names the macro crate. Readers use the attribute through ns-test.
            self.text = self.text.replace("ns_test_macros::", "ns_test::");
        }
    }
}

/// The directory of the attribute's pages. Their blocks are rustdoc's: without a language, and with
/// hidden lines.
pub(crate) const REFERENCE: &str = "macros/doc";

/// Returns the directory that contains all pages.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the suite lies in a workspace")
        .to_owned()
}

/// Returns all pages: of the root, of docs/, of examples/, and the reference, which rustdoc shows.
pub(crate) fn all() -> Vec<Page> {
    let mut paths = Vec::new();
    for directory in ["", "docs", "examples", REFERENCE] {
        let entries = fs::read_dir(repository().join(directory)).expect("the directory is there");
        let names = entries.map(|entry| entry.expect("it can be read").file_name());
        let pages = names.filter(|name| name.to_string_lossy().ends_with(".md"));
        paths.extend(pages.map(|name| Path::new(directory).join(name)));
    }
    paths.sort();
    let page = |path: &PathBuf| {
        let text = fs::read_to_string(repository().join(path)).expect("it is text");
        let mut page = Page::new(path.display().to_string(), &text);
        if path.starts_with(REFERENCE) {
            page.blocks
                .iter_mut()
                .for_each(Block::show_what_rustdoc_hides);
        }
        page
    };
    paths.iter().map(page).collect()
}
